/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <asm/mshyperv.h> and ms_hyperv, what the kernel found out at boot. RHEL 6.4 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return ms_hyperv.features; }
