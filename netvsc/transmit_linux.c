// SPDX-License-Identifier: GPL-2.0-only
/* Frames on their way to the host. */
#include "netvsc_linux.h"

#ifdef LIS_SELECT_QUEUE_ARGUMENTS

/* A flow goes where the host wants it: that spreads its work over the CPUs. */
u16 net_select_queue(struct net_device *dev, struct sk_buff *skb LIS_SELECT_QUEUE_ARGUMENTS)
{
	struct net_adapter *adapter = netdev_priv(dev);
	u32 queue;

	if (lis_tx_queues(dev) == 1)
		return 0;
	queue = netvsc_queue_of(adapter->core, lis_flow_hash(skb));
	return likely(queue < lis_tx_queues(dev)) ? queue : 0;
}

#endif

/* ---- what the core asks ---- */

void netvsc_shim_copy(void *packet, void *to)
{
	struct sk_buff *skb;

#ifdef LIS_XDP
	struct xdp_frame *frame = net_xdp_frame_of(packet);

	if (unlikely(frame)) {
		memcpy(to, frame->data, frame->len);
		return;
	}
#endif
	skb = packet;
	if (likely(!skb_is_nonlinear(skb)))
		memcpy(to, skb->data, skb->len);
	else
		skb_copy_bits(skb, 0, to, skb->len);
}

static void set_range(struct netvsc_range *range, u64 frame, unsigned int offset, unsigned int bytes)
{
	range->frame = frame + (offset >> PAGE_SHIFT);
	range->offset = offset_in_page(offset);
	range->bytes = bytes;
}

/* A fragment of many pages is one run, as is what kmalloc() has given. */
uint32_t netvsc_shim_ranges(void *packet, struct netvsc_range *ranges, uint32_t limit)
{
	struct sk_buff *skb;
	unsigned int at, fragments, linear;
	uint32_t count = 0;

#ifdef LIS_XDP
	struct xdp_frame *frame = net_xdp_frame_of(packet);

	if (unlikely(frame)) {
		set_range(&ranges[0], virt_to_phys(frame->data) >> PAGE_SHIFT, offset_in_page(frame->data), frame->len);
		return 1;
	}
#endif
	skb = packet;
	fragments = skb_shinfo(skb)->nr_frags;
	linear = skb_headlen(skb);
	if (skb_shinfo(skb)->frag_list || fragments + (linear != 0) > limit)
		return 0;
	if (linear)
		set_range(&ranges[count++], virt_to_phys(skb->data) >> PAGE_SHIFT, offset_in_page(skb->data), linear);
	for (at = 0; at < fragments; at++) {
		const skb_frag_t *fragment = &skb_shinfo(skb)->frags[at];

		if (skb_frag_size(fragment))
			set_range(&ranges[count++], page_to_pfn(skb_frag_page(fragment)), skb_frag_off(fragment),
				  skb_frag_size(fragment));
	}
	return count;
}

void netvsc_shim_sent(void *context, uint32_t queue, void *packet)
{
#ifdef LIS_XDP
	struct xdp_frame *frame = net_xdp_frame_of(packet);

	if (unlikely(frame)) {
		xdp_return_frame(frame);
		return;
	}
#endif
	lis_skb_sent((struct sk_buff *)packet);
}

void netvsc_shim_wake(void *context, uint32_t number)
{
	struct net_adapter *adapter = context;
	lis_tx_queue_t *queue;

	if (!READ_ONCE(adapter->sending) || number >= LIS_SEND_QUEUES_LIMIT || number >= adapter->queue_count)
		return;
	queue = lis_tx_queue(adapter->dev, number);
	if (!lis_tx_stopped(queue))
		return;
	adapter->queues[number]->events.wake_queue++;
	lis_tx_wake(queue);
}

/* ---- what the host shall do with it ---- */

static u16 internet_of(const struct sk_buff *skb)
{
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return NETVSC_FRAME_IP4;
	case htons(ETH_P_IPV6):
		return NETVSC_FRAME_IP6;
	default:
		return 0;
	}
}

/* The host makes each segment's lengths and checksums, from headers without (protocol.md 6.7). */
static int describe_large(struct sk_buff *skb, struct netvsc_frame *frame)
{
	u16 internet = internet_of(skb);

	if (!internet || !(skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)))
		return -EPROTO;
	if (lis_cow_head(skb) || !pskb_may_pull(skb, skb_transport_offset(skb) + sizeof(struct tcphdr)))
		return -ENOMEM;
	frame->flags |= internet | NETVSC_FRAME_TCP;
	frame->mss = skb_shinfo(skb)->gso_size;
	frame->transport_offset = skb_transport_offset(skb);
	if (internet == NETVSC_FRAME_IP4) {
		struct iphdr *header = ip_hdr(skb);

		header->tot_len = 0;
		header->check = 0;
		tcp_hdr(skb)->check = ~csum_tcpudp_magic(header->saddr, header->daddr, 0, IPPROTO_TCP, 0);
	} else {
		struct ipv6hdr *header = ipv6_hdr(skb);

		header->payload_len = 0;
		tcp_hdr(skb)->check = ~csum_ipv6_magic(&header->saddr, &header->daddr, 0, IPPROTO_TCP, 0);
	}
	return 0;
}

/*
 * Whether a TCP or UDP header follows that of IP and is what the checksum is for. A host may
 * end the channel for a frame that is described wrongly, and programs may send anything.
 */
static u32 checksum_of(struct sk_buff *skb, u16 internet, u16 *transport)
{
	unsigned int network = skb_network_offset(skb);
	unsigned int start = lis_checksum_start(skb);
	unsigned int bytes;
	u8 protocol;

	if (!internet || start < network + sizeof(struct iphdr))
		return 0;
	if (internet == NETVSC_FRAME_IP4) {
		bytes = ip_hdr(skb)->ihl * 4;
		protocol = ip_hdr(skb)->protocol;
	} else {
		bytes = sizeof(struct ipv6hdr);
		if (start < network + bytes)
			return 0;
		protocol = ipv6_hdr(skb)->nexthdr;
	}
	if (start != network + bytes)
		return 0;
	if (protocol == IPPROTO_TCP && lis_checksum_offset(skb) == offsetof(struct tcphdr, check)) {
		*transport = NETVSC_FRAME_TCP;
		return internet == NETVSC_FRAME_IP4 ? NETVSC_CHECKSUM_TCP4 : NETVSC_CHECKSUM_TCP6;
	}
	if (protocol == IPPROTO_UDP && lis_checksum_offset(skb) == offsetof(struct udphdr, check)) {
		*transport = NETVSC_FRAME_UDP;
		return internet == NETVSC_FRAME_IP4 ? NETVSC_CHECKSUM_UDP4 : NETVSC_CHECKSUM_UDP6;
	}
	return 0;
}

/* What the host does not do the kernel does. */
static int describe_checksum(struct net_adapter *adapter, struct sk_buff *skb, struct netvsc_frame *frame)
{
	u16 internet = internet_of(skb);
	u16 transport = 0;

	if (unlikely(!(checksum_of(skb, internet, &transport) & netvsc_info_of(adapter->core)->offloads)))
		return lis_checksum_help(skb);
	frame->flags |= internet | transport;
	frame->transport_offset = lis_checksum_start(skb);
	return 0;
}

static int describe(struct net_adapter *adapter, struct sk_buff *skb, struct netvsc_frame *frame)
{
	u32 hash = lis_known_hash(skb);
	int result = 0;

	frame->packet = skb;
	frame->flags = 0;
	frame->vlan = 0;
	frame->hash = 0;
	frame->mss = 0;
	frame->transport_offset = 0;
	if (lis_vlan_present(skb)) {
		frame->flags |= NETVSC_FRAME_VLAN;
		frame->vlan = lis_vlan_tag(skb);
	}
	if (hash && lis_tx_queues(adapter->dev) > 1) {
		frame->flags |= NETVSC_FRAME_HASH;
		frame->hash = hash;
	}
	if (skb_is_gso(skb))
		result = describe_large(skb, frame);
	else if (skb->ip_summed == CHECKSUM_PARTIAL)
		result = describe_checksum(adapter, skb, frame);
	frame->bytes = skb->len;
	return result;
}

/* ---- sending ---- */

/* Frames of a large send are counted as the network sees them. */
static void count_sent(struct net_queue *queue, unsigned int bytes, unsigned int segments)
{
	lis_stats_begin(&queue->sent.sync);
	queue->sent.packets += segments;
	queue->sent.bytes += bytes;
	lis_stats_end(&queue->sent.sync);
}

/* Once more if room has come meanwhile: then nobody wakes the queue. */
static int transmit(struct net_queue *queue, lis_tx_queue_t *tx, const struct netvsc_frame *frame, bool more)
{
	struct netvsc *core = queue->adapter->core;
	int result = netvsc_transmit(core, queue->number, frame, more);

	if (likely(result != -EAGAIN))
		return result;
	lis_tx_stop(tx);
	queue->events.stop_queue++;
	if (!netvsc_ready(core, queue->number))
		return result;
	lis_tx_start(tx);
	queue->events.wake_queue++;
	return netvsc_transmit(core, queue->number, frame, more);
}

static void count_failure(struct net_queue *queue, int result)
{
	if (result == -ENOMEM)
		queue->events.tx_no_memory++;
	else if (result == -EMSGSIZE)
		queue->events.tx_too_big++;
	else if (result == -EPROTO)
		queue->events.tx_vlan_error++;
	queue->events.tx_dropped++;
}

/* Called with the queue's lock held, softirqs off. */
netdev_tx_t net_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);
	u32 number = lis_skb_queue(skb);
	struct net_queue *queue = adapter->queues[number];
	lis_tx_queue_t *tx = lis_tx_queue(dev, number);
	bool more = lis_xmit_more(skb);
	unsigned int bytes, segments;
	struct netvsc_frame frame;
	int result;

	if (unlikely(!READ_ONCE(adapter->sending))) {
		lis_tx_stop(tx); /* woken while it was being stopped */
		return NETDEV_TX_BUSY;
	}
	result = describe(adapter, skb, &frame);
	if (unlikely(result))
		goto drop;
	segments = frame.mss ? max_t(unsigned int, skb_shinfo(skb)->gso_segs, 1) : 1;
	bytes = skb->len + (segments - 1) * (frame.transport_offset + (frame.mss ? tcp_hdr(skb)->doff * 4 : 0));
	lis_tx_timestamp(skb);
	result = transmit(queue, tx, &frame, more);
	if (unlikely(result == -EMSGSIZE)) {
		queue->events.tx_scattered++;
		result = skb_linearize(skb);
		if (!result)
			result = transmit(queue, tx, &frame, more);
	}
	if (likely(result == NETVSC_COPIED || result == NETVSC_HELD)) {
		count_sent(queue, bytes, segments);
		if (result == NETVSC_COPIED)
			lis_skb_sent(skb);
		return NETDEV_TX_OK;
	}
	if (result == -EAGAIN) {
		queue->events.tx_busy++;
		netvsc_flush(adapter->core, number);
		return NETDEV_TX_BUSY;
	}
drop:
	count_failure(queue, result);
	dev_kfree_skb_any(skb);
	if (!more)
		netvsc_flush(adapter->core, number);
	return NETDEV_TX_OK;
}
