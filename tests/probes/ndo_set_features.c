// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.39: features are changed by one call; its type is that of 3.3. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_set_features, int (*)(struct net_device *, netdev_features_t));
