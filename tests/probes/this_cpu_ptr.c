/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.33. Back-ported to RHEL 6.3 or before.
 */
#include <linux/percpu.h>

int lis_probe(void) { return this_cpu_ptr(alloc_percpu(int)) != 0; }
