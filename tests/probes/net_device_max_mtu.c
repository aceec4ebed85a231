// SPDX-License-Identifier: GPL-2.0-only
/* 4.10: the limits are checked by the kernel. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct net_device, max_mtu, unsigned int);
