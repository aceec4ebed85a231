// SPDX-License-Identifier: GPL-2.0-only
/* 5.17: with the device. */
#include <linux/filter.h>

void lis_probe(struct net_device *dev, struct bpf_prog *program);
void lis_probe(struct net_device *dev, struct bpf_prog *program)
{
	bpf_warn_invalid_xdp_action(dev, program, 0);
}
