// SPDX-License-Identifier: GPL-2.0-only
/* 3.0. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, set_channels, int (*)(struct net_device *, struct ethtool_channels *));
