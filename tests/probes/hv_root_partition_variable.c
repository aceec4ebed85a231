/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.12 to 6.14.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

bool lis_probe(void) { return hv_root_partition; }
void lis_probe_assign(void) { hv_root_partition = 0; }
