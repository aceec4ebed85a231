// SPDX-License-Identifier: GPL-2.0-only
/* 5.19: the device's limit is one thing, what is used another. */
#include <linux/netdevice.h>

void lis_probe(struct net_device *dev);
void lis_probe(struct net_device *dev)
{
	netif_set_tso_max_size(dev, 65535);
}
