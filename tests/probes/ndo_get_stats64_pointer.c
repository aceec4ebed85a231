// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.36 to 4.10. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_get_stats64,
		 struct rtnl_link_stats64 *(*)(struct net_device *, struct rtnl_link_stats64 *));
