// SPDX-License-Identifier: GPL-2.0-only
/* RHEL 7.5 and later renamed ndo_change_mtu. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_change_mtu_rh74, int (*)(struct net_device *, int));
