/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undoes guest id and hypercall page. RHEL 7.9 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

void lis_probe(void) { hyperv_cleanup(); }
