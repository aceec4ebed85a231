// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.34. */
#include <linux/netdevice.h>

void lis_probe(struct net_device *dev);
void lis_probe(struct net_device *dev)
{
	netdev_info(dev, "x");
	netdev_err(dev, "x");
}
