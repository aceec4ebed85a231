// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.24: queues are polled; before, devices. RHEL 5 has a struct of the name for something else. */
#include <linux/netdevice.h>

void lis_probe(struct napi_struct *napi);
void lis_probe(struct napi_struct *napi)
{
	napi_schedule(napi);
	napi_enable(napi);
}
