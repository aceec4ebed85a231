// SPDX-License-Identifier: GPL-2.0-only
/* 3.14 to 4.18. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_select_queue,
		 u16 (*)(struct net_device *, struct sk_buff *, void *, select_queue_fallback_t));
