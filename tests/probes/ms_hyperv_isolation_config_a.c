/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.12. Back-ported to RHEL 8.10 or before.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

u32 lis_probe(void) { return ms_hyperv.isolation_config_a; }
