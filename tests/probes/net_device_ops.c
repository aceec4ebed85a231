// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.29: operations have a struct of their own; before, members of the device. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_open, int (*)(struct net_device *));
