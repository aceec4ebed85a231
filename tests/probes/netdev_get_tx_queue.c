// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.27: several queues to send. */
#include <linux/netdevice.h>

struct netdev_queue *lis_probe(struct net_device *dev);
struct netdev_queue *lis_probe(struct net_device *dev)
{
	return netdev_get_tx_queue(dev, 0);
}
