// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.24. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_sset_count, int (*)(struct net_device *, int));
