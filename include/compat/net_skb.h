/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket buffers: where their parts are, and names that changed. */
#ifndef LIS_COMPAT_NET_SKB_H
#define LIS_COMPAT_NET_SKB_H

#include <compat/net.h>

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <net/checksum.h>
#include <net/ip6_checksum.h>

#ifndef CHECKSUM_PARTIAL
#define CHECKSUM_PARTIAL CHECKSUM_HW
#endif

#ifndef LIS_HAVE_IP_HDR
#define ip_hdr(skb) ((skb)->nh.iph)
#define ipv6_hdr(skb) ((skb)->nh.ipv6h)
#define tcp_hdr(skb) ((skb)->h.th)
#define skb_transport_offset(skb) ((int)((skb)->h.raw - (skb)->data))
#define skb_network_offset(skb) ((int)((skb)->nh.raw - (skb)->data))
#endif

/* Afterwards the headers may be written. */
#ifdef LIS_HAVE_SKB_COW_HEAD
#define lis_cow_head(skb) skb_cow_head(skb, 0)
#else
#define lis_cow_head(skb) (skb_header_cloned(skb) ? pskb_expand_head(skb, 0, 0, GFP_ATOMIC) : 0)
#endif

/* Of what the checksum covers, from the beginning of the frame; and of the checksum, from there. */
#ifdef LIS_HAVE_SKB_CSUM_START
#define lis_checksum_start(skb) ((skb)->csum_start - skb_headroom(skb))
#define lis_checksum_offset(skb) ((skb)->csum_offset)
#else
#define lis_checksum_start(skb) skb_transport_offset(skb)
#define lis_checksum_offset(skb) ((skb)->csum)
#endif

#ifdef LIS_HAVE_SKB_CHECKSUM_HELP_INWARD
#define lis_checksum_help(skb) skb_checksum_help(skb, 0)
#else
#define lis_checksum_help(skb) skb_checksum_help(skb)
#endif

/* ---- fragments ---- */

#ifndef LIS_HAVE_SKB_FRAG_PAGE
#define skb_frag_page(frag) ((frag)->page)
#endif
#ifndef LIS_HAVE_SKB_FRAG_SIZE
#define skb_frag_size(frag) ((frag)->size)
#endif
#ifndef LIS_HAVE_SKB_FRAG_OFF
#define skb_frag_off(frag) ((frag)->page_offset)
#endif

/* Adds a page that has nothing else; the buffer's from here on. */
static inline void lis_add_page(struct sk_buff *skb, unsigned int number, struct page *page, unsigned int bytes)
{
#ifdef LIS_HAVE_SKB_ADD_RX_FRAG_TRUESIZE
	skb_add_rx_frag(skb, number, page, 0, bytes, PAGE_SIZE);
#else
	skb_fill_page_desc(skb, number, page, 0, bytes);
	skb->len += bytes;
	skb->data_len += bytes;
	skb->truesize += PAGE_SIZE;
#endif
}

/* ---- VLAN tags beside the frame ---- */

#if defined(skb_vlan_tag_present)
#define lis_vlan_present(skb) skb_vlan_tag_present(skb)
#define lis_vlan_tag(skb) skb_vlan_tag_get(skb)
#else
#define lis_vlan_present(skb) vlan_tx_tag_present(skb)
#define lis_vlan_tag(skb) vlan_tx_tag_get(skb)
#endif

#ifdef NETIF_F_HW_VLAN_CTAG_TX
#define LIS_VLAN_TX NETIF_F_HW_VLAN_CTAG_TX
#define LIS_VLAN_RX NETIF_F_HW_VLAN_CTAG_RX
#else
/* Tags of received frames were for drivers that knew the VLANs; these go back into the frame. */
#define LIS_VLAN_TX NETIF_F_HW_VLAN_TX
#define LIS_VLAN_RX 0
#endif
#define LIS_VLAN_ROOM 4

/* Before eth_type_trans(); the buffer has LIS_VLAN_ROOM before its data. */
static inline void lis_put_vlan(struct sk_buff *skb, u16 tag, bool in_frame)
{
	__be16 *at;

#ifdef NETIF_F_HW_VLAN_CTAG_RX
	if (!in_frame) {
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tag);
		return;
	}
#endif
	at = (__be16 *)skb_push(skb, LIS_VLAN_ROOM);
	memmove(at, (u8 *)at + LIS_VLAN_ROOM, 2 * ETH_ALEN);
	at[ETH_ALEN] = htons(ETH_P_8021Q);
	at[ETH_ALEN + 1] = htons(tag);
}

/* ---- hashes ---- */

#if defined(LIS_HAVE_SKB_GET_HASH_RAW)
#define lis_known_hash(skb) skb_get_hash_raw(skb)
#else
#define lis_known_hash(skb) 0
#endif

/* What spreads flows over queues. */
#if defined(LIS_HAVE_SKB_GET_HASH)
#define lis_flow_hash(skb) skb_get_hash(skb)
#elif defined(LIS_HAVE_SKB_GET_RXHASH)
#define lis_flow_hash(skb) skb_get_rxhash(skb)
#elif defined(LIS_HAVE_SKB_TX_HASH)
/* A queue of the device's, which is as good. */
#define lis_flow_hash(skb) skb_tx_hash((skb)->dev, skb)
#endif

static inline void lis_set_hash(struct sk_buff *skb, u32 hash)
{
#ifdef LIS_HAVE_SKB_SET_HASH
	skb_set_hash(skb, hash, PKT_HASH_TYPE_L4);
#endif
}

/* ---- beginning and end ---- */

#ifdef LIS_HAVE_SKB_TX_TIMESTAMP
#define lis_tx_timestamp(skb) skb_tx_timestamp(skb)
#else
#define lis_tx_timestamp(skb) do { } while (0)
#endif

/* Sent, and not lost. Any context. */
#ifdef LIS_HAVE_DEV_CONSUME_SKB_ANY
#define lis_skb_sent(skb) dev_consume_skb_any(skb)
#else
#define lis_skb_sent(skb) dev_kfree_skb_any(skb)
#endif

#if defined(LIS_HAVE_NAPI_ALLOC_SKB)
#define lis_receive_skb(napi, dev, bytes) napi_alloc_skb(&(napi)->kernel, bytes)
#else
static inline struct sk_buff *lis_netdev_skb(struct net_device *dev, unsigned int bytes)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, bytes + NET_IP_ALIGN);

	if (skb)
		skb_reserve(skb, NET_IP_ALIGN);
	return skb;
}
#define lis_receive_skb(napi, dev, bytes) lis_netdev_skb(dev, bytes)
#endif

#endif
