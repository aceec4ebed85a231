// SPDX-License-Identifier: GPL-2.0-only
/* 5.2: whether another frame follows; before, in the buffer. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(netdev_xmit_more(), bool);
