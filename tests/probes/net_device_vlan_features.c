// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.26: what devices for VLANs may use. */
#include <linux/netdevice.h>

void lis_probe(struct net_device *dev);
void lis_probe(struct net_device *dev)
{
	dev->vlan_features = 1;
}
