/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * (regs, error). RHEL 8.0.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

void lis_probe(struct pt_regs *regs) { hyperv_report_panic(regs, 1); }
