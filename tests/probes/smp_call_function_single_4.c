/* SPDX-License-Identifier: GPL-2.0-only */
/* family: smp_call_function_single, required: one
 * 2.6.27: (cpu, function, argument, wait).
 * export: smp_call_function_single
 */
#include <linux/smp.h>

int lis_probe(void (*f)(void *)) { return smp_call_function_single(0, f, NULL, 1); }
