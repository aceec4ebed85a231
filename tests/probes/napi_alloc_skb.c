// SPDX-License-Identifier: GPL-2.0-only
/* 3.19. RHEL 7 has it. */
#include <linux/skbuff.h>

struct sk_buff *lis_probe(struct napi_struct *napi);
struct sk_buff *lis_probe(struct napi_struct *napi)
{
	return napi_alloc_skb(napi, 64);
}
