// SPDX-License-Identifier: GPL-2.0-only
/* Frames from the host on their way to the network stack. */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "netvsc_linux.h"

/* A buffer for so many bytes comes from a page that others share; larger frames have pages of their own behind it. */
#define LINEAR_MOST 3072
#define LINEAR_OF_LARGE 256

/* ---- memory ---- */

static u32 memory_with_pages(struct net_queue *queue, struct sk_buff *skb, u32 bytes, struct netvsc_piece *pieces)
{
	unsigned int number, part;
	struct page *page;

	BUILD_BUG_ON(LINEAR_OF_LARGE + (NETVSC_PIECE_LIMIT - 1) * PAGE_SIZE < NETVSC_FRAME_LIMIT);
	BUILD_BUG_ON(NETVSC_PIECE_LIMIT - 1 > MAX_SKB_FRAGS);
	for (number = 0; bytes; number++) {
		page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
		if (!page)
			return 0;
		part = min_t(u32, bytes, PAGE_SIZE);
		lis_add_page(skb, number, page, part);
		pieces[number + 1].at = page_address(page);
		pieces[number + 1].bytes = part;
		bytes -= part;
	}
	return number + 1;
}

static u32 skb_memory(struct net_queue *queue, u32 bytes, struct netvsc_piece *pieces)
{
	u32 linear = bytes <= LINEAR_MOST ? bytes : LINEAR_OF_LARGE;
	struct sk_buff *skb = lis_receive_skb(&queue->napi, queue->adapter->dev, linear);
	u32 count = 1;

	if (unlikely(!skb))
		return 0;
	pieces[0].at = skb_put(skb, linear);
	pieces[0].bytes = linear;
	if (linear != bytes)
		count = memory_with_pages(queue, skb, bytes - linear, pieces);
	if (unlikely(!count)) {
		dev_kfree_skb_any(skb);
		return 0;
	}
	queue->skb = skb;
	return count;
}

uint32_t netvsc_shim_memory(void *context, uint32_t number, uint32_t bytes, struct netvsc_piece *pieces)
{
	struct net_adapter *adapter = context;
	struct net_queue *queue = adapter->queues[number];
	u32 count;

	if (unlikely(!netif_running(adapter->dev))) {
		queue->events.rx_dropped++;
		return 0;
	}
	if (!net_xdp_memory(queue, bytes, pieces, &count))
		count = skb_memory(queue, bytes, pieces);
	if (unlikely(!count))
		queue->events.rx_no_memory++;
	return count;
}

/* ---- what the host has found out ---- */

/*
 * Of a frame that is several the stack wants to know how large those were. Whether it is TCP is
 * not the host's to say; what else it might be wrong about is for those who cut it again.
 */
static void set_coalesced(struct net_device *dev, struct sk_buff *skb)
{
	unsigned int headers, kind;

	if (skb->protocol == htons(ETH_P_IP) && skb_headlen(skb) >= sizeof(struct iphdr) &&
	    ((struct iphdr *)skb->data)->protocol == IPPROTO_TCP) {
		headers = sizeof(struct iphdr) + sizeof(struct tcphdr);
		kind = SKB_GSO_TCPV4;
	} else if (skb->protocol == htons(ETH_P_IPV6) && skb_headlen(skb) >= sizeof(struct ipv6hdr) &&
		   ((struct ipv6hdr *)skb->data)->nexthdr == IPPROTO_TCP) {
		headers = sizeof(struct ipv6hdr) + sizeof(struct tcphdr);
		kind = SKB_GSO_TCPV6;
	} else {
		return;
	}
	if (dev->mtu <= headers || skb->len <= dev->mtu)
		return;
	skb_shinfo(skb)->gso_size = dev->mtu - headers;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(skb->len - headers, dev->mtu - headers);
	skb_shinfo(skb)->gso_type = kind | SKB_GSO_DODGY;
}

static bool wants(struct net_device *dev, lis_features_t feature)
{
	return !feature || (dev->features & feature);
}

static void count_received(struct net_queue *queue, const struct sk_buff *skb, u32 bytes)
{
	lis_stats_begin(&queue->received.sync);
	queue->received.packets++;
	queue->received.bytes += bytes;
	if (skb->pkt_type == PACKET_MULTICAST)
		queue->received.multicast++;
	lis_stats_end(&queue->received.sync);
}

void net_deliver(struct net_queue *queue, struct sk_buff *skb, const struct netvsc_arrival *arrival)
{
	struct net_device *dev = queue->adapter->dev;

	skb->dev = dev;
	if (arrival->flags & NETVSC_ARRIVAL_VLAN)
		lis_put_vlan(skb, arrival->vlan, !LIS_VLAN_RX || !wants(dev, LIS_VLAN_RX));
	skb->protocol = eth_type_trans(skb, dev);
	skb->ip_summed = CHECKSUM_NONE;
	if ((arrival->flags & NETVSC_ARRIVAL_CHECKSUM) && wants(dev, NETIF_F_RXCSUM))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	if ((arrival->flags & NETVSC_ARRIVAL_HASH) && wants(dev, NETIF_F_RXHASH))
		lis_set_hash(skb, arrival->hash);
	if (arrival->flags & NETVSC_ARRIVAL_COALESCED)
		set_coalesced(dev, skb);
#ifdef LIS_HAVE_SKB_RECORD_RX_QUEUE
	skb_record_rx_queue(skb, queue->number);
#endif
	count_received(queue, skb, arrival->bytes);
	lis_napi_receive(&queue->napi, skb);
}

void netvsc_shim_receive(void *context, uint32_t number, const struct netvsc_arrival *arrival)
{
	struct net_adapter *adapter = context;
	struct net_queue *queue = adapter->queues[number];
	struct sk_buff *skb = queue->skb;

	if (unlikely(!skb)) {
		net_xdp_receive(queue, arrival);
		return;
	}
	queue->skb = NULL;
	net_deliver(queue, skb, arrival);
}

/* ---- polling ---- */

void netvsc_shim_schedule(void *context, uint32_t number)
{
	struct net_adapter *adapter = context;

	lis_napi_schedule(&adapter->queues[number]->napi);
}

void netvsc_shim_polling(void *context, uint32_t number, uint32_t on)
{
	struct net_adapter *adapter = context;
	struct net_queue *queue = adapter->queues[number];

	if (on)
		lis_napi_enable(&queue->napi);
	else
		lis_napi_disable(&queue->napi);
}

/*
 * Interrupts come again before polling ends: one that comes in between is not forgotten. While
 * a program polls by itself none are needed.
 */
int net_poll(struct lis_napi *napi, int budget)
{
	struct net_queue *queue = container_of(napi, struct net_queue, napi);
	struct netvsc *core = queue->adapter->core;
	int done;

	queue->cpu = smp_processor_id();
	done = netvsc_poll(core, queue->number, budget);
	net_xdp_flush(queue);
	if (done < budget && !lis_napi_is_busy_polled(napi) && netvsc_rearm(core, queue->number))
		return budget;
	return min(done, budget);
}
