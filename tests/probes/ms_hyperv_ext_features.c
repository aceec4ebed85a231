/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 7.2 has it, 6.12 has not.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return ms_hyperv.ext_features; }
