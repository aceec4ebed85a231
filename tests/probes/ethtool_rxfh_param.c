// SPDX-License-Identifier: GPL-2.0-only
/* 6.8: in a struct. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, set_rxfh,
		 int (*)(struct net_device *, struct ethtool_rxfh_param *, struct netlink_ext_ack *));
