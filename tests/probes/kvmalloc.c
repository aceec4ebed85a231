/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.12. Back-ported to RHEL 7.7.
 */
#include <linux/mm.h>
#include <linux/slab.h>

void *lis_probe(void) { return kvmalloc(1, GFP_KERNEL); }
