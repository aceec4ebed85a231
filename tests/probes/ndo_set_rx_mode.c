// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.29; the only one since 3.2. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_set_rx_mode, void (*)(struct net_device *));
