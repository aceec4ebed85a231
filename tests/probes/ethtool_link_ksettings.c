// SPDX-License-Identifier: GPL-2.0-only
/* 4.6. RHEL 7 has it from 7.3 on. */
#include <linux/ethtool.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct ethtool_ops, get_link_ksettings, int (*)(struct net_device *, struct ethtool_link_ksettings *));
