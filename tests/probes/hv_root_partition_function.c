/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.15.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

bool lis_probe(void) { return hv_root_partition(); }
