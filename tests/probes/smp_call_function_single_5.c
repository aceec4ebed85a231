/* SPDX-License-Identifier: GPL-2.0-only */
/* family: smp_call_function_single, required: one
 * Until 2.6.26: (cpu, function, argument, retry, wait). RHEL 5.0 does not export it.
 * export: smp_call_function_single
 */
#include <linux/smp.h>

int lis_probe(void (*f)(void *)) { return smp_call_function_single(0, f, NULL, 0, 1); }
