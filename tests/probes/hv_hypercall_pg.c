/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall page's address. RHEL 7.7 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

void *lis_probe(void) { return hv_hypercall_pg; }
