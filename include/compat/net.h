/* SPDX-License-Identifier: GPL-2.0-only */
/* Network devices: types, names and signatures that changed. */
#ifndef LIS_COMPAT_NET_H
#define LIS_COMPAT_NET_H

#include <compat/compat.h>

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#ifndef LIS_HAVE_NETDEV_TX_T
typedef int netdev_tx_t;
#endif

#ifndef NET_NAME_ENUM
#define NET_NAME_ENUM 1
#endif

/* Bits of dev->features. */
#ifdef LIS_HAVE_NETDEV_FEATURES_T
typedef netdev_features_t lis_features_t;
#else
typedef unsigned long lis_features_t;
#endif

#ifndef NETIF_F_IPV6_CSUM
#define NETIF_F_IPV6_CSUM 0
#endif
#ifndef NETIF_F_RXCSUM
#define NETIF_F_RXCSUM 0
#endif
#ifndef NETIF_F_RXHASH
#define NETIF_F_RXHASH 0
#endif
#ifndef NETIF_F_LRO
#define NETIF_F_LRO 0
#endif

/* ---- making one ---- */

#if defined(LIS_HAVE_ALLOC_ETHERDEV_MQS)
#define lis_alloc_etherdev(bytes, queues) alloc_etherdev_mqs(bytes, queues, queues)
#elif defined(LIS_HAVE_ALLOC_ETHERDEV_MQ)
#define lis_alloc_etherdev(bytes, queues) alloc_etherdev_mq(bytes, queues)
#else
#define lis_alloc_etherdev(bytes, queues) alloc_etherdev(bytes)
#endif

static inline void lis_set_mac(struct net_device *dev, const u8 *mac)
{
#ifdef LIS_HAVE_ETH_HW_ADDR_SET
	eth_hw_addr_set(dev, mac);
#else
	memcpy(dev->dev_addr, mac, ETH_ALEN);
#endif
}

/* ---- queues: kernels older than 2.6.27 have one to send ---- */

#ifdef LIS_HAVE_NETDEV_GET_TX_QUEUE
#define LIS_SEND_QUEUES_LIMIT NETVSC_QUEUE_LIMIT
typedef struct netdev_queue lis_tx_queue_t;
#define lis_tx_queue(dev, number) netdev_get_tx_queue(dev, number)
#define lis_tx_stop(queue) netif_tx_stop_queue(queue)
#define lis_tx_start(queue) netif_tx_start_queue(queue)
#define lis_tx_wake(queue) netif_tx_wake_queue(queue)
#define lis_tx_stopped(queue) netif_tx_queue_stopped(queue)
#define lis_tx_wake_all(dev) netif_tx_wake_all_queues(dev)
#define lis_tx_queues(dev) ((dev)->real_num_tx_queues)
#define lis_skb_queue(skb) skb_get_queue_mapping(skb)
#define lis_tx_lock(queue) __netif_tx_lock(queue, smp_processor_id())
#define lis_tx_unlock(queue) __netif_tx_unlock(queue)
#else
#define LIS_SEND_QUEUES_LIMIT 1
typedef struct net_device lis_tx_queue_t;
#define lis_tx_queue(dev, number) (dev)
#define lis_tx_stop(queue) netif_stop_queue(queue)
#define lis_tx_start(queue) netif_start_queue(queue)
#define lis_tx_wake(queue) netif_wake_queue(queue)
#define lis_tx_stopped(queue) netif_queue_stopped(queue)
#define lis_tx_wake_all(dev) netif_wake_queue(dev)
#define lis_tx_queues(dev) 1
#define lis_skb_queue(skb) 0
#endif

/* Under rtnl, or before the device is registered. */
static inline void lis_set_queues(struct net_device *dev, unsigned int queues)
{
#ifdef LIS_HAVE_NETDEV_GET_TX_QUEUE
	netif_set_real_num_tx_queues(dev, queues);
#endif
#ifdef LIS_HAVE_NETIF_SET_REAL_NUM_RX_QUEUES
	netif_set_real_num_rx_queues(dev, queues);
#endif
}

#if defined(LIS_HAVE_NDO_SELECT_QUEUE_SB)
#define LIS_SELECT_QUEUE_ARGUMENTS , struct net_device *sb_dev
#define lis_pick_queue(dev, skb) netdev_pick_tx(dev, skb, sb_dev)
#elif defined(LIS_HAVE_NDO_SELECT_QUEUE_SB_FALLBACK)
#define LIS_SELECT_QUEUE_ARGUMENTS , struct net_device *sb_dev, select_queue_fallback_t fallback
#elif defined(LIS_HAVE_NDO_SELECT_QUEUE_ACCEL_FALLBACK)
#define LIS_SELECT_QUEUE_ARGUMENTS , void *accel, select_queue_fallback_t fallback
#elif defined(LIS_HAVE_NDO_SELECT_QUEUE_ACCEL)
#define LIS_SELECT_QUEUE_ARGUMENTS , void *accel
#elif defined(LIS_HAVE_NDO_SELECT_QUEUE)
#define LIS_SELECT_QUEUE_ARGUMENTS
#endif

/* Whether another frame for the queue follows at once. */
#if defined(LIS_HAVE_NETDEV_XMIT_MORE)
#define lis_xmit_more(skb) netdev_xmit_more()
#elif defined(LIS_HAVE_SKB_XMIT_MORE)
#define lis_xmit_more(skb) ((skb)->xmit_more)
#else
#define lis_xmit_more(skb) 0
#endif

/* ---- operations ---- */

#ifdef LIS_HAVE_NDO_CHANGE_MTU_RH74
#define LIS_NDO_CHANGE_MTU ndo_change_mtu_rh74
#else
#define LIS_NDO_CHANGE_MTU ndo_change_mtu
#endif

#ifdef LIS_HAVE_NDO_SET_RX_MODE
#define LIS_NDO_SET_RX_MODE ndo_set_rx_mode
#else
#define LIS_NDO_SET_RX_MODE ndo_set_multicast_list
#endif

#ifdef netdev_mc_empty
#define lis_multicasts(dev) (!netdev_mc_empty(dev))
#else
#define lis_multicasts(dev) ((dev)->mc_count != 0)
#endif

/* The largest frame that is to be cut by the device. */
static inline void lis_set_gso_limit(struct net_device *dev, unsigned int bytes)
{
	bytes = bytes && bytes < 65536 ? bytes : 65536;
#if defined(LIS_HAVE_NETIF_SET_TSO_MAX_SIZE)
	netif_set_tso_max_size(dev, bytes);
#elif defined(LIS_HAVE_NETIF_SET_GSO_MAX_SIZE)
	netif_set_gso_max_size(dev, bytes);
#endif
}

/* ---- statistics ---- */

#if defined(LIS_HAVE_NDO_GET_STATS64_VOID)
typedef struct rtnl_link_stats64 lis_stats_t;
#define LIS_STATS64 void
#define LIS_STATS64_RESULT(stats)
#elif defined(LIS_HAVE_NDO_GET_STATS64_POINTER)
typedef struct rtnl_link_stats64 lis_stats_t;
#define LIS_STATS64 struct rtnl_link_stats64 *
#define LIS_STATS64_RESULT(stats) stats
#else
typedef struct net_device_stats lis_stats_t;
#endif

/* ---- link ---- */

#ifdef LIS_HAVE_NETDEV_NOTIFY_PEERS
#define lis_notify_peers(dev) netdev_notify_peers(dev)
#else
#define lis_notify_peers(dev) do { } while (0)
#endif

#ifndef SPEED_UNKNOWN
#define SPEED_UNKNOWN -1
#endif
#ifndef DUPLEX_UNKNOWN
#define DUPLEX_UNKNOWN 0xff
#endif
#ifndef PORT_OTHER
#define PORT_OTHER 0xff
#endif

#ifdef LIS_HAVE_NETDEV_PRINTK
#define lis_netdev_info(dev, format, ...) netdev_info(dev, format, ##__VA_ARGS__)
#define lis_netdev_err(dev, format, ...) netdev_err(dev, format, ##__VA_ARGS__)
#else
#define lis_netdev_info(dev, format, ...) printk(KERN_INFO "%s: " format, (dev)->name, ##__VA_ARGS__)
#define lis_netdev_err(dev, format, ...) printk(KERN_ERR "%s: " format, (dev)->name, ##__VA_ARGS__)
#endif

#endif
