/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RHEL 8.0 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return ms_hyperv.max_vp_index; }
