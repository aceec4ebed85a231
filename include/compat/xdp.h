/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that see frames before the network stack does. LIS_XDP: the kernel has what that takes. */
#ifndef LIS_COMPAT_XDP_H
#define LIS_COMPAT_XDP_H

#include <compat/net.h>

#if defined(LIS_HAVE_XDP_CONVERT_BUFF_TO_FRAME) && defined(LIS_HAVE_NDO_BPF)

#define LIS_XDP 1

#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/filter.h>

#include <net/xdp.h>

struct lis_xdp_queue {
	struct bpf_prog *program;
	struct xdp_rxq_info info;
	bool redirected; /* in this poll */
};

static inline int lis_xdp_register(struct xdp_rxq_info *info, struct net_device *dev, u32 queue)
{
#ifdef LIS_HAVE_XDP_RXQ_INFO_REG_4
	return xdp_rxq_info_reg(info, dev, queue, 0);
#else
	return xdp_rxq_info_reg(info, dev, queue);
#endif
}

static inline void lis_xdp_prepare(struct xdp_buff *buffer, struct xdp_rxq_info *info, void *start, u32 room,
				   u32 headroom, u32 bytes)
{
#ifdef LIS_HAVE_XDP_INIT_BUFF
	xdp_init_buff(buffer, room, info);
	xdp_prepare_buff(buffer, start, headroom, bytes, false);
#else
	buffer->rxq = info;
	buffer->frame_sz = room;
	buffer->data_hard_start = start;
	buffer->data = (u8 *)start + headroom;
	buffer->data_end = (u8 *)buffer->data + bytes;
	xdp_set_data_meta_invalid(buffer);
#endif
}

static inline void lis_xdp_warn_action(struct net_device *dev, struct bpf_prog *program, u32 action)
{
#ifdef LIS_HAVE_BPF_WARN_INVALID_XDP_ACTION_3
	bpf_warn_invalid_xdp_action(dev, program, action);
#else
	bpf_warn_invalid_xdp_action(action);
#endif
}

#else

struct lis_xdp_queue {
	int unused;
};

#endif
#endif
