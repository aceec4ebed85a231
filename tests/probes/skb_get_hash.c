// SPDX-License-Identifier: GPL-2.0-only
/* 3.14: another name. */
#include <linux/skbuff.h>

__u32 lis_probe(struct sk_buff *skb);
__u32 lis_probe(struct sk_buff *skb)
{
	return skb_get_hash(skb);
}
