// SPDX-License-Identifier: GPL-2.0-only
/* 3.3: a type of their own. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device, features, netdev_features_t);
