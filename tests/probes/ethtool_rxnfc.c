// SPDX-License-Identifier: GPL-2.0-only
/* 3.2: the last parameter has this type. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_rxnfc, int (*)(struct net_device *, struct ethtool_rxnfc *, u32 *));
