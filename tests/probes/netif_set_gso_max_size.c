// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.26 to 5.18 for drivers. */
#include <linux/netdevice.h>

void lis_probe(struct net_device *dev);
void lis_probe(struct net_device *dev)
{
	netif_set_gso_max_size(dev, 65535);
}
