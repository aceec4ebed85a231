// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.19. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(((struct net_device *)0)->ethtool_ops, const struct ethtool_ops *);
