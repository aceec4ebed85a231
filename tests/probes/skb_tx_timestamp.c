// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.36; usable by modules since 3.0. */
#include <linux/skbuff.h>

void lis_probe(struct sk_buff *skb);
void lis_probe(struct sk_buff *skb)
{
	skb_tx_timestamp(skb);
}
