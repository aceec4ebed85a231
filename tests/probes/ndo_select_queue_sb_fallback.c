// SPDX-License-Identifier: GPL-2.0-only
/* 4.19 to 5.1. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_select_queue,
		 u16 (*)(struct net_device *, struct sk_buff *, struct net_device *, select_queue_fallback_t));
