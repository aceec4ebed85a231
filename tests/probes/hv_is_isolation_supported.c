/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.12: whether the guest is isolated from its host. Back-ported to RHEL 8.10
 * or before.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

bool lis_probe(void) { return hv_is_isolation_supported(); }
