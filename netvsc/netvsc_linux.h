/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims of hv_netvsc know of each other. */
#ifndef NETVSC_LINUX_H
#define NETVSC_LINUX_H

#include <compat/napi.h>
#include <compat/net.h>
#include <compat/net_skb.h>
#include <compat/net_stats.h>
#include <compat/xdp.h>

#include <linux/mutex.h>

#include <lis/vmbus.h>

#include "netvsc_core.h"

#if defined(LIS_HAVE_ETHTOOL_RXFH_KEY_FUNCTION) || defined(LIS_HAVE_ETHTOOL_RXFH_PARAM)
#define NET_SPREADING 1
#endif

#define NET_MTU_LEAST 68
#define NET_MTU_MOST 65521 /* such a frame's length has 16 bits */
#define NET_QUEUES_DEFAULT 16
#define NET_RECEIVE_SECTIONS_DEFAULT 9709 /* 16 MiB of 1728 bytes */
#define NET_SEND_SECTIONS_DEFAULT 192	  /* about 1 MiB of 6144 bytes */
#define NET_SECTIONS_LEAST 10
#define NET_RECEIVE_BYTES_MOST (31 << 20)
#define NET_RECEIVE_BYTES_MOST_OLD (15 << 20) /* hosts of NVSP 2 */
#define NET_SEND_BYTES_MOST (15 << 20)
#define NVSP_VERSION_2 2

/* Of one queue and direction; one writer. */
struct net_counts {
	u64 packets;
	u64 bytes;
	u64 xdp_drop; /* of received frames */
	u64 xdp_redirect;
	u64 xdp_tx;
	u64 xdp_xmit; /* of sent ones */
	u64 multicast;
	lis_stats_sync_t sync;
};

/* Events, of one queue; sent ones under its lock, received ones from its poll. */
struct net_events {
	u64 tx_scattered; /* put into one piece to be sent */
	u64 tx_no_memory;
	u64 tx_too_big;
	u64 tx_busy;	  /* the frame has to wait */
	u64 tx_dropped;
	u64 tx_vlan_error; /* a tag in the frame is in the way of what is asked for */
	u64 stop_queue;
	u64 wake_queue;	   /* races lose counts */
	u64 rx_no_memory;
	u64 rx_dropped; /* came while the device was down */
};

struct net_queue {
	struct net_adapter *adapter;
	struct lis_napi napi;
	u32 number;
	unsigned int cpu; /* that polled it last */

	/* ---- receive_linux.c, xdp_linux.c: of the frame that is being received ---- */
	struct sk_buff *skb;
	struct page *page; /* instead of skb, for a program to look at */
	struct lis_xdp_queue xdp;

	struct net_counts received;
	struct net_counts sent ____cacheline_aligned_in_smp;
	struct net_events events;
};

/* Lies in the net_device. Under rtnl unless a comment says more. */
struct net_adapter {
	struct net_device *dev;
	struct netvsc *core;
	struct netvsc_options options;
	u32 mtu_most;
	u32 queue_most;	  /* that may be asked for */
	u32 queue_count;  /* of queues[] */
	bool started;	  /* the core is */
	int sending;	  /* frames may go to the core; read anywhere */
	int message_level;
	struct net_queue *queues[NETVSC_QUEUE_LIMIT];
#ifndef LIS_STATS64
	struct net_device_stats stats;
#endif

	struct mutex filter_lock; /* what the host filters; and the core is not started meanwhile */

	/* ---- link_linux.c ---- */
	struct lis_os_queue *worker;
	struct lis_os_work *link_work;
	struct lis_os_work *late_work; /* the same, after a while */
	struct lis_os_work *filter_work;
	int registered;	     /* works may be submitted; read anywhere */
	bool bounced;	     /* the link is down because the network has changed */
	u32 network_changes; /* seen */
	u32 vf_allocated;
	u32 vf_serial;
	unsigned long next_event;   /* jiffies; the link does not change before */
	unsigned long next_restart; /* nor is a broken adapter started again */
};

/* ---- device_linux.c: the net_device ---- */

/* NULL: no memory. Not registered; without a core. */
struct net_adapter *net_device_create(unsigned int queues);
/* The core is gone. */
void net_device_free(struct net_adapter *adapter);
/* After the first successful start. */
void net_device_describe(struct net_adapter *adapter);
/* After another start: what the host allows now. */
void net_device_update(struct net_adapter *adapter);

/* ---- attach_linux.c: the core's start and stop, under rtnl or before the device is registered ---- */

/* Nothing is sent or received afterwards. */
void net_detach(struct net_adapter *adapter);
/* With adapter->options. The errors of netvsc_start(). */
int net_attach(struct net_adapter *adapter);
/*
 * Goes on with other options, or with those before and the error that the others had. When
 * these fail too the device does nothing any more, and the log says so.
 */
int net_reattach(struct net_adapter *adapter, const struct netvsc_options *options);
/* Tells the host what it shall deliver, by the device's flags. Process context, any lock but filter_lock. */
int net_apply_filter(struct net_adapter *adapter);
int net_apply_coalesce(struct net_adapter *adapter, lis_features_t features);

/* ---- transmit_linux.c ---- */

netdev_tx_t net_start_xmit(struct sk_buff *skb, struct net_device *dev);
#ifdef LIS_SELECT_QUEUE_ARGUMENTS
u16 net_select_queue(struct net_device *dev, struct sk_buff *skb LIS_SELECT_QUEUE_ARGUMENTS);
#endif

/* ---- receive_linux.c ---- */

int net_poll(struct lis_napi *napi, int budget);
/* A frame that is to go up; the data begins with the Ethernet header. */
void net_deliver(struct net_queue *queue, struct sk_buff *skb, const struct netvsc_arrival *arrival);

/* ---- link_linux.c ---- */

/* -ENOMEM. */
int net_link_init(struct net_adapter *adapter);
/* Works run from here on; the device has been registered. */
void net_link_start(struct net_adapter *adapter);
/* None is left to run afterwards, if netvsc_shim_changed() is not called any more. Not under rtnl. */
void net_link_stop(struct net_adapter *adapter);
void net_link_exit(struct net_adapter *adapter);
/* Any context. */
void net_filter_changed(struct net_adapter *adapter);
/* The queues that are open. Under rtnl. */
void net_apply_queues(struct net_adapter *adapter);

/* A consistent copy, any context. */
static inline void net_read_counts(const struct net_counts *from, struct net_counts *to)
{
	unsigned int start;

	do {
		start = lis_stats_fetch(&from->sync);
		*to = *from;
	} while (lis_stats_retry(&from->sync, start));
}

/* ---- ethtool_linux.c, ethtool_spreading_linux.c, ethtool_stats_linux.c ---- */

void net_set_ethtool(struct net_device *dev);
int net_stats_count(struct net_device *dev);
void net_stats_strings(struct net_device *dev, u8 *text);
void net_stats_values(struct net_device *dev, struct ethtool_stats *stats, u64 *values);

#ifdef NET_SPREADING
u32 net_spreading_key_bytes(struct net_device *dev);
u32 net_spreading_entries(struct net_device *dev);
#ifdef LIS_HAVE_ETHTOOL_RXFH_PARAM
int net_get_spreading(struct net_device *dev, struct ethtool_rxfh_param *param);
int net_set_spreading(struct net_device *dev, struct ethtool_rxfh_param *param, struct netlink_ext_ack *extack);
#else
int net_get_spreading(struct net_device *dev, u32 *table, u8 *key, u8 *function);
int net_set_spreading(struct net_device *dev, const u32 *table, const u8 *key, const u8 function);
#endif
#endif
#ifdef LIS_HAVE_ETHTOOL_RXFH_FIELDS
int net_get_hash_fields(struct net_device *dev, struct ethtool_rxfh_fields *fields);
int net_set_hash_fields(struct net_device *dev, const struct ethtool_rxfh_fields *fields,
			struct netlink_ext_ack *extack);
#endif
#ifdef LIS_HAVE_ETHTOOL_RX_RING_COUNT
u32 net_receive_queues(struct net_device *dev);
#endif
#ifdef LIS_HAVE_ETHTOOL_RXNFC
int net_get_flows(struct net_device *dev, struct ethtool_rxnfc *flows, u32 *rules);
int net_set_flows(struct net_device *dev, struct ethtool_rxnfc *flows);
#endif

/* ---- xdp_linux.c ---- */

#ifdef LIS_XDP
/* What the core holds may be such a frame instead of a socket buffer: its pointer is odd then. NULL: it is not. */
static inline struct xdp_frame *net_xdp_frame_of(void *packet)
{
	return (unsigned long)packet & 1 ? (struct xdp_frame *)((unsigned long)packet - 1) : NULL;
}

int net_bpf(struct net_device *dev, struct netdev_bpf *bpf);
int net_xdp_xmit(struct net_device *dev, int count, struct xdp_frame **frames, u32 flags);
int net_xdp_queue_init(struct net_queue *queue);
void net_xdp_queue_exit(struct net_queue *queue);
void net_xdp_describe(struct net_device *dev);
/* Before a frame's memory is chosen: whether a program is to see it; then *count pieces, 0 if there is no memory. */
bool net_xdp_memory(struct net_queue *queue, u32 bytes, struct netvsc_piece *pieces, u32 *count);
void net_xdp_receive(struct net_queue *queue, const struct netvsc_arrival *arrival);
/* After a poll. */
void net_xdp_flush(struct net_queue *queue);
bool net_xdp_forbids(struct net_adapter *adapter, unsigned int mtu, lis_features_t features);
#else
static inline int net_xdp_queue_init(struct net_queue *queue)
{
	return 0;
}

static inline void net_xdp_queue_exit(struct net_queue *queue)
{
}

static inline void net_xdp_describe(struct net_device *dev)
{
}

static inline bool net_xdp_memory(struct net_queue *queue, u32 bytes, struct netvsc_piece *pieces, u32 *count)
{
	return false;
}

static inline void net_xdp_receive(struct net_queue *queue, const struct netvsc_arrival *arrival)
{
}

static inline void net_xdp_flush(struct net_queue *queue)
{
}

static inline bool net_xdp_forbids(struct net_adapter *adapter, unsigned int mtu, lis_features_t features)
{
	return false;
}
#endif

#endif
