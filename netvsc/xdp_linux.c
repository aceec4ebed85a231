// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that see a frame before there is a socket buffer: each has a page of its own then,
 * with room before it. Frames are sent without one too.
 */
#include "netvsc_linux.h"

#ifdef LIS_XDP

#include <linux/mm.h>
#include <linux/rcupdate.h>

#define HEADROOM XDP_PACKET_HEADROOM
#define FRAME_MOST (PAGE_SIZE - HEADROOM - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/* ---- receiving ---- */

bool net_xdp_memory(struct net_queue *queue, u32 bytes, struct netvsc_piece *pieces, u32 *count)
{
	if (likely(!READ_ONCE(queue->xdp.program)))
		return false;
	*count = 0;
	if (bytes > FRAME_MOST)
		return true;
	queue->page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!queue->page)
		return true;
	pieces[0].at = page_address(queue->page) + HEADROOM;
	pieces[0].bytes = bytes;
	*count = 1;
	return true;
}

static void pass_up(struct net_queue *queue, struct page *page, const struct xdp_buff *buffer,
		    const struct netvsc_arrival *arrival)
{
	struct netvsc_arrival passed = *arrival;
	struct sk_buff *skb = build_skb(page_address(page), PAGE_SIZE);

	if (!skb) {
		queue->events.rx_no_memory++;
		put_page(page);
		return;
	}
	passed.bytes = buffer->data_end - buffer->data;
	skb_reserve(skb, buffer->data - buffer->data_hard_start);
	skb_put(skb, passed.bytes);
	net_deliver(queue, skb, &passed);
}

/* The frame is gone in any case. Softirqs are off. True: the host gets it. */
static bool send_frame(struct net_adapter *adapter, struct net_queue *queue, struct xdp_frame *from, u32 more)
{
	struct netvsc_frame frame = {
		.packet = (void *)((unsigned long)from + 1),
		.bytes = from->len,
	};
	u32 bytes = from->len;
	int result = -ENODEV;

	if (READ_ONCE(adapter->sending))
		result = netvsc_transmit(adapter->core, queue->number, &frame, more);
	if (result < 0) {
		queue->events.tx_dropped++;
		xdp_return_frame(from);
		return false;
	}
	if (result == NETVSC_COPIED)
		xdp_return_frame(from);
	lis_stats_begin(&queue->sent.sync);
	queue->sent.packets++;
	queue->sent.bytes += bytes;
	queue->sent.xdp_xmit++;
	lis_stats_end(&queue->sent.sync);
	return true;
}

/* Back through the same queue, if frames are sent by as many. */
static bool send_back(struct net_queue *queue, struct xdp_buff *buffer)
{
	struct net_adapter *adapter = queue->adapter;
	u32 number = queue->number % lis_tx_queues(adapter->dev);
	lis_tx_queue_t *tx = lis_tx_queue(adapter->dev, number);
	struct xdp_frame *frame = xdp_convert_buff_to_frame(buffer);
	bool sent;

	if (!frame)
		return false;
	lis_tx_lock(tx);
	sent = send_frame(adapter, adapter->queues[number], frame, 0);
	lis_tx_unlock(tx);
	if (!sent)
		queue->received.xdp_drop++;
	return true;
}

void net_xdp_receive(struct net_queue *queue, const struct netvsc_arrival *arrival)
{
	struct net_adapter *adapter = queue->adapter;
	struct page *page = queue->page;
	struct bpf_prog *program;
	struct xdp_buff buffer;
	u32 action = XDP_PASS;

	queue->page = NULL;
	lis_xdp_prepare(&buffer, &queue->xdp.info, page_address(page), PAGE_SIZE, HEADROOM, arrival->bytes);
	rcu_read_lock();
	program = READ_ONCE(queue->xdp.program);
	if (program)
		action = bpf_prog_run_xdp(program, &buffer);
	switch (action) {
	case XDP_PASS:
		rcu_read_unlock();
		pass_up(queue, page, &buffer, arrival);
		return;
	case XDP_TX:
		queue->received.xdp_tx++;
		if (send_back(queue, &buffer))
			goto counted;
		break;
	case XDP_REDIRECT:
		if (!xdp_do_redirect(adapter->dev, &buffer, program)) {
			queue->received.xdp_redirect++;
			queue->xdp.redirected = true;
			goto counted;
		}
		break;
	case XDP_DROP:
		break;
	case XDP_ABORTED:
		trace_xdp_exception(adapter->dev, program, action);
		break;
	default:
		lis_xdp_warn_action(adapter->dev, program, action);
		trace_xdp_exception(adapter->dev, program, action);
	}
	queue->received.xdp_drop++;
	put_page(page);
counted:
	rcu_read_unlock();
	lis_stats_begin(&queue->received.sync);
	queue->received.packets++;
	queue->received.bytes += arrival->bytes;
	lis_stats_end(&queue->received.sync);
}

void net_xdp_flush(struct net_queue *queue)
{
	if (likely(!queue->xdp.redirected))
		return;
	queue->xdp.redirected = false;
	xdp_do_flush();
}

/* ---- sending what others have received ---- */

/*
 * All frames are gone afterwards, and it is said that all were sent: kernels before 5.13 want
 * those that were not freed here, later ones would free what is not counted as sent.
 */
int net_xdp_xmit(struct net_device *dev, int count, struct xdp_frame **frames, u32 flags)
{
	struct net_adapter *adapter = netdev_priv(dev);
	u32 number = smp_processor_id() % lis_tx_queues(dev);
	struct net_queue *queue = adapter->queues[number];
	lis_tx_queue_t *tx = lis_tx_queue(dev, number);
	int at;

	if (flags & ~XDP_XMIT_FLAGS_MASK)
		return -EINVAL;
	if (!READ_ONCE(adapter->sending) || !netif_running(dev))
		return -ENETDOWN;
	lis_tx_lock(tx);
	for (at = 0; at < count; at++)
		send_frame(adapter, queue, frames[at], at + 1 < count);
	netvsc_flush(adapter->core, number);
	lis_tx_unlock(tx);
	return count;
}

/* ---- programs ---- */

/* A frame has to fit in a page, and be one. */
bool net_xdp_forbids(struct net_adapter *adapter, unsigned int mtu, lis_features_t features)
{
	if (!adapter->queues[0]->xdp.program)
		return false;
	return mtu + VLAN_ETH_HLEN > FRAME_MOST || (features & NETIF_F_LRO);
}

static int set_program(struct net_adapter *adapter, struct bpf_prog *program, struct netlink_ext_ack *extack)
{
	struct bpf_prog *old = adapter->queues[0]->xdp.program;
	u32 number;

	if (program && adapter->dev->mtu + VLAN_ETH_HLEN > FRAME_MOST) {
		NL_SET_ERR_MSG_MOD(extack, "XDP: mtu too large");
		return -EOPNOTSUPP;
	}
	if (program && (adapter->dev->features & NETIF_F_LRO)) {
		NL_SET_ERR_MSG_MOD(extack, "XDP: not support LRO");
		return -EOPNOTSUPP;
	}
	if (program && adapter->queue_count > 1)
		bpf_prog_add(program, adapter->queue_count - 1);
	for (number = 0; number < adapter->queue_count; number++)
		WRITE_ONCE(adapter->queues[number]->xdp.program, program);
	if (!old)
		return 0;
	synchronize_net();
	for (number = 0; number < adapter->queue_count; number++)
		bpf_prog_put(old);
	return 0;
}

int net_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	return set_program(netdev_priv(dev), bpf->prog, bpf->extack);
}

void net_xdp_describe(struct net_device *dev)
{
#ifdef LIS_HAVE_NET_DEVICE_XDP_FEATURES
	dev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT | NETDEV_XDP_ACT_NDO_XMIT;
#endif
}

int net_xdp_queue_init(struct net_queue *queue)
{
	int result = lis_xdp_register(&queue->xdp.info, queue->adapter->dev, queue->number);

	if (result)
		return result;
	result = xdp_rxq_info_reg_mem_model(&queue->xdp.info, MEM_TYPE_PAGE_SHARED, NULL);
	if (result)
		xdp_rxq_info_unreg(&queue->xdp.info);
	return result;
}

void net_xdp_queue_exit(struct net_queue *queue)
{
	xdp_rxq_info_unreg(&queue->xdp.info);
}

#endif
