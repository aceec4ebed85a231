/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/ratelimit.h>. Not in RHEL 5.
 */
#include <linux/ratelimit.h>

DEFINE_RATELIMIT_STATE(lis_probe, 1, 1);
