// SPDX-License-Identifier: GPL-2.0-only
/* 3.3. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(&netdev_notify_peers, void (*)(struct net_device *));
