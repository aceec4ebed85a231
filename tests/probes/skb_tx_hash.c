// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.30. */
#include <linux/netdevice.h>

u16 lis_probe(struct net_device *dev, struct sk_buff *skb);
u16 lis_probe(struct net_device *dev, struct sk_buff *skb)
{
	return skb_tx_hash(dev, skb);
}
