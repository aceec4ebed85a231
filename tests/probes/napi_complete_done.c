// SPDX-License-Identifier: GPL-2.0-only
/* 3.19: with the number of frames. */
#include <linux/netdevice.h>

void lis_probe(struct napi_struct *napi);
void lis_probe(struct napi_struct *napi)
{
	napi_complete_done(napi, 1);
}
