// SPDX-License-Identifier: GPL-2.0-only
/* Before 2.6.19. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(&skb_checksum_help, int (*)(struct sk_buff *, int));
