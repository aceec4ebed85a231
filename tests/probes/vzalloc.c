/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.37. Back-ported to RHEL 5.7 and 6.3.
 */
#include <linux/types.h>
#include <linux/vmalloc.h>

void *lis_probe(void) { return vzalloc(1); }
