// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.38: queues to send and to receive. */
#include <linux/etherdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(&alloc_etherdev_mqs, struct net_device *(*)(int, unsigned int, unsigned int));
