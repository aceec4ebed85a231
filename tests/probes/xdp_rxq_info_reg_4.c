// SPDX-License-Identifier: GPL-2.0-only
/* 5.11: with the queue's NAPI. */
#include <net/xdp.h>

int lis_probe(struct xdp_rxq_info *info, struct net_device *dev);
int lis_probe(struct xdp_rxq_info *info, struct net_device *dev)
{
	return xdp_rxq_info_reg(info, dev, 0, 0);
}
