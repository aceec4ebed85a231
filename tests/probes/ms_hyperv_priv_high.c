/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RHEL 8.7 and later; 6.1, not 5.10.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return ms_hyperv.priv_high; }
