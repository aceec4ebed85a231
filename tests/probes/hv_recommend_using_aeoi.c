/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the SINT is to be ended automatically. RHEL 8.4, 5.10 and 7.2 say it in
 * this header; 6.1 and 6.12 do not.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

bool lis_probe(void) { return hv_recommend_using_aeoi(); }
