// SPDX-License-Identifier: GPL-2.0-only
/* 6.1: without a weight. */
#include <linux/netdevice.h>

void lis_probe(struct net_device *dev, struct napi_struct *napi, int (*poll)(struct napi_struct *, int));
void lis_probe(struct net_device *dev, struct napi_struct *napi, int (*poll)(struct napi_struct *, int))
{
	netif_napi_add(dev, napi, poll);
}
