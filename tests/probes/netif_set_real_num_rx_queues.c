// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.37: the number of queues to receive. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(&netif_set_real_num_rx_queues, int (*)(struct net_device *, unsigned int));
