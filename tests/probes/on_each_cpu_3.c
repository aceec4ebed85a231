/* SPDX-License-Identifier: GPL-2.0-only */
/* family: on_each_cpu, required: one
 * 2.6.27: (function, argument, wait).
 */
#include <linux/smp.h>

void lis_probe(void (*f)(void *)) { on_each_cpu(f, NULL, 1); }
