// SPDX-License-Identifier: GPL-2.0-only
/* 6.19: a call of its own. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_rx_ring_count, u32 (*)(struct net_device *));
