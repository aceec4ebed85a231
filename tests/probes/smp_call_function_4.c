/* SPDX-License-Identifier: GPL-2.0-only */
/* family: smp_call_function_single, required: one
 * Until 2.6.26: all other CPUs, (function, argument, retry, wait). RHEL 5.0 exports nothing better.
 */
#include <linux/smp.h>

int lis_probe(void (*f)(void *)) { return smp_call_function(f, NULL, 0, 1); }
