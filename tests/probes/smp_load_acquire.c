/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.14. RHEL 7.3 or before.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/barrier.h>

int lis_probe(int *p) { return smp_load_acquire(p); }
