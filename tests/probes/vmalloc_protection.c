/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Until 5.7: __vmalloc(size, gfp, protection) can map memory as executable.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

void *lis_probe(void) { return __vmalloc(1, GFP_KERNEL, PAGE_KERNEL); }
