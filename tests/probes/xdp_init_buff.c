// SPDX-License-Identifier: GPL-2.0-only
/* 5.12. */
#include <net/xdp.h>

void lis_probe(struct xdp_buff *buffer, struct xdp_rxq_info *info);
void lis_probe(struct xdp_buff *buffer, struct xdp_rxq_info *info)
{
	xdp_init_buff(buffer, 4096, info);
}
