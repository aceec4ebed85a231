/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Map from CPU to virtual processor. RHEL 7.7 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return hv_vp_index[0]; }
