/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.17. Back-ported to RHEL 7.3 or before.
 */
#include <linux/ktime.h>
#include <linux/hrtimer.h>

void lis_probe(struct timespec64 *time) { ktime_get_real_ts64(time); }
