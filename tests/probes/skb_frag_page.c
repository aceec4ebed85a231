// SPDX-License-Identifier: GPL-2.0-only
/* 3.2. */
#include <linux/skbuff.h>

struct page *lis_probe(const skb_frag_t *frag);
struct page *lis_probe(const skb_frag_t *frag)
{
	return skb_frag_page(frag);
}
