// SPDX-License-Identifier: GPL-2.0-only
/* 4.15. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_bpf, int (*)(struct net_device *, struct netdev_bpf *));
