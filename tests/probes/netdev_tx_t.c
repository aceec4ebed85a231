// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.32: what a driver returns for a frame has a type. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE((netdev_tx_t)NETDEV_TX_OK, enum netdev_tx);
