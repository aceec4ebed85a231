// SPDX-License-Identifier: GPL-2.0-only
/* 3.18 to 5.1. */
#include <linux/skbuff.h>

int lis_probe(struct sk_buff *skb);
int lis_probe(struct sk_buff *skb)
{
	return skb->xmit_more;
}
