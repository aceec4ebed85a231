/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the kernel has set up the hypercall page. RHEL 7.7 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

bool lis_probe(void) { return hv_is_hyperv_initialized(); }
