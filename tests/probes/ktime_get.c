/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.21: declared for modules. RHEL 5 neither declares nor exports it.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>

ktime_t lis_probe(void) { return ktime_get(); }
