// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.27 to 3.12; parameters were added in 3.13 and 3.14, and changed in 4.19 and 5.2. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device_ops, ndo_select_queue, u16 (*)(struct net_device *, struct sk_buff *));
