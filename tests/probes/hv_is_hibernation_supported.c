/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.8: whether the host lets the guest hibernate.
 */
#include <linux/types.h>
#include <asm/mshyperv.h>

bool lis_probe(void) { return hv_is_hibernation_supported(); }
