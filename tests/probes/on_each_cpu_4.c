/* SPDX-License-Identifier: GPL-2.0-only */
/* family: on_each_cpu, required: one
 * Until 2.6.26: (function, argument, retry, wait).
 */
#include <linux/smp.h>

void lis_probe(void (*f)(void *)) { on_each_cpu(f, NULL, 0, 1); }
