// SPDX-License-Identifier: GPL-2.0-only
/* 3.18 to 6.7: table, key and hash function. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_rxfh, int (*)(struct net_device *, u32 *, u8 *, u8 *));
