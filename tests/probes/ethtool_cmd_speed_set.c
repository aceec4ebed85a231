// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.27: speeds of more than 16 bits. */
#include <linux/ethtool.h>

void lis_probe(struct ethtool_cmd *cmd);
void lis_probe(struct ethtool_cmd *cmd)
{
	ethtool_cmd_speed_set(cmd, 100000);
}
