/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * (regs, error, in_die). RHEL 7.9, 8.4 and later; 5.10.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

void lis_probe(struct pt_regs *regs) { hyperv_report_panic(regs, 1, true); }
