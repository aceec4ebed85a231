// SPDX-License-Identifier: GPL-2.0-only
/* 3.1. */
#include <linux/skbuff.h>

unsigned int lis_probe(const skb_frag_t *frag);
unsigned int lis_probe(const skb_frag_t *frag)
{
	return skb_frag_size(frag);
}
