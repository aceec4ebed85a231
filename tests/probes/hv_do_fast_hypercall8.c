/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One register of input. RHEL 7.9 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u64 lis_probe(void) { return hv_do_fast_hypercall8(1, 2); }
