// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.38 to 3.13. */
#include <linux/skbuff.h>

__u32 lis_probe(struct sk_buff *skb);
__u32 lis_probe(struct sk_buff *skb)
{
	return skb_get_rxhash(skb);
}
