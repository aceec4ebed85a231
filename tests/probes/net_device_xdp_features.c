// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: a device says what it can. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device, xdp_features, xdp_features_t);
