/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inline, through the kernel's own hypercall page. RHEL 7.7 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u64 lis_probe(void *input) { return hv_do_hypercall(1, input, NULL); }
