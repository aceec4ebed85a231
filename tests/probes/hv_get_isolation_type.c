/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.12.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

int lis_probe(void) { return hv_get_isolation_type(); }
