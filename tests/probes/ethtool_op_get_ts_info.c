// SPDX-License-Identifier: GPL-2.0-only
/* 3.5. */
#include <linux/ethtool.h>

extern struct ethtool_ops lis_probe;
struct ethtool_ops lis_probe = { .get_ts_info = ethtool_op_get_ts_info };
