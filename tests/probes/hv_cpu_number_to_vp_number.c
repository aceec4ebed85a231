/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An accessor for hv_vp_index. RHEL 7.9 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return hv_cpu_number_to_vp_number(0); }
