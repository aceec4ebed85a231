// SPDX-License-Identifier: GPL-2.0-only
/* 5.17: two parameters more. RHEL 8 has it from 8.6 on. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_ringparam,
		 void (*)(struct net_device *, struct ethtool_ringparam *, struct kernel_ethtool_ringparam *,
			  struct netlink_ext_ack *));
