// SPDX-License-Identifier: GPL-2.0-only
/* 5.15: the address is not written directly any more. */
#include <linux/etherdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(&eth_hw_addr_set, void (*)(struct net_device *, const u8 *));
