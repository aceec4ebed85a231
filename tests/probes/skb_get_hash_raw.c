// SPDX-License-Identifier: GPL-2.0-only
/* 3.16. */
#include <linux/skbuff.h>

__u32 lis_probe(const struct sk_buff *skb);
__u32 lis_probe(const struct sk_buff *skb)
{
	return skb_get_hash_raw(skb);
}
