// SPDX-License-Identifier: GPL-2.0-only
/* 6.17: what is hashed has calls of its own. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_rxfh_fields, int (*)(struct net_device *, struct ethtool_rxfh_fields *));
