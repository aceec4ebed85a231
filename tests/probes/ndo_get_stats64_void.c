// SPDX-License-Identifier: GPL-2.0-only
/* 4.11. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_get_stats64, void (*)(struct net_device *, struct rtnl_link_stats64 *));
