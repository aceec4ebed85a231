// SPDX-License-Identifier: GPL-2.0-only
/* Before 3.3: features were changed one by one. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, set_tso, int (*)(struct net_device *, u32));
