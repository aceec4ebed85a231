/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The size of hv_vp_index. RHEL 7.7 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return hv_max_vp_index; }
