/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside hv_netvsc: netvsc_* is the core's, called by the shim;
 * netvsc_shim_* is the shim's, called by the core. Process context unless a comment
 * says more. Names are those of protocol.md chapter 6.
 */
#ifndef NETVSC_CORE_H
#define NETVSC_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct netvsc; /* one adapter; the core's */

#define NETVSC_QUEUE_LIMIT 64
#define NETVSC_MAC_BYTES 6
#define NETVSC_FRAME_HEADER 14	   /* an MTU does not count it */
#define NETVSC_RSS_ENTRIES 128	   /* of the receive table */
#define NETVSC_RSS_KEY_BYTES 40
#define NETVSC_SEND_ENTRIES 16	   /* of the host's transmit table */
#define NETVSC_RANGE_LIMIT 31	   /* runs of memory that one frame may have */
#define NETVSC_PIECE_LIMIT 17	   /* runs of memory that a received frame may go to */
#define NETVSC_FRAME_LIMIT 65549   /* bytes of a frame, a coalesced one too */

/* What one start asks for. */
struct netvsc_options {
	uint32_t ring_pages;	   /* of each ring, control page included */
	uint32_t receive_sections; /* wanted; the host decides */
	uint32_t send_sections;	   /* likewise */
	uint32_t mtu;		   /* without NETVSC_FRAME_HEADER */
	uint32_t queues;	   /* wanted at most, 1 to NETVSC_QUEUE_LIMIT */
	uint32_t sriov;		   /* 1: the host may give a virtual function */
};

enum netvsc_offload {
	NETVSC_CHECKSUM_TCP4 = 1 << 0, /* the host fills in checksums */
	NETVSC_CHECKSUM_UDP4 = 1 << 1,
	NETVSC_CHECKSUM_TCP6 = 1 << 2,
	NETVSC_CHECKSUM_UDP6 = 1 << 3,
	NETVSC_LARGE_SEND4 = 1 << 4, /* and cuts TCP */
	NETVSC_LARGE_SEND6 = 1 << 5,
	NETVSC_COALESCE = 1 << 6, /* and joins what it receives */
};

/* What the host allows; fixed from a successful start to the next. */
struct netvsc_info {
	uint32_t nvsp_version;	 /* 2, 0x30002, 0x40000, 0x50000, 0x60000 or 0x60001 */
	uint32_t mtu;		 /* that is in force: at most the one that was asked for */
	uint32_t mtu_limit;	 /* that can be asked for */
	uint32_t offloads;	 /* of enum netvsc_offload, that are on; coalescing also where it was switched off */
	uint32_t large_send_bytes; /* largest frame to be cut */
	uint32_t queue_limit;	 /* that the host and the options allow, at least 1 */
	uint32_t rss_entries;	 /* 0: the host spreads nothing; else NETVSC_RSS_ENTRIES */
	uint32_t receive_sections;
	uint32_t receive_section_bytes;
	uint32_t send_sections;
	uint32_t send_section_bytes;
	uint8_t mac[NETVSC_MAC_BYTES]; /* current address */
	uint8_t reserved[2];
};

/* What changes by itself; see netvsc_shim_changed(). */
struct netvsc_state {
	uint32_t link_up;	  /* 0 or 1 */
	uint32_t network_changes; /* times that the host said the link may lead elsewhere */
	uint32_t speed_mbit;	  /* 0: unknown */
	uint32_t queues;	  /* that are open: 0 to queues - 1 */
	uint32_t vf_allocated;	  /* 1: the host has given a virtual function */
	uint32_t vf_serial;	  /* its PCI slot's serial number */
	uint32_t path_is_vf;	  /* 1: the host was told, and has agreed */
	uint32_t lost;		  /* 1: rescinded: nothing is sent or received any more */
	uint32_t broken;	  /* 1: a queue is of no use: netvsc_stop() and netvsc_start() again */
};

/* context: for the shim's functions. NULL: no memory. The channel outlives the result. */
struct netvsc *netvsc_create(struct lis_vmbus_channel *channel, void *context) LIS_MUST_CHECK;
/* Stopped, or never started. */
void netvsc_destroy(struct netvsc *adapter);

/*
 * Opens the channel, negotiates, shares the buffers, asks what the adapter can. Nothing is
 * received before netvsc_set_filter(). Sub-channels come later by themselves. May be
 * called again after netvsc_stop(). The errors of lis_vmbus_channel_open() and
 * lis_vmbus_gpadl_create(), -LIS_ETIMEDOUT, -LIS_EOPNOTSUPP (no common version),
 * -LIS_EIO (the host refuses a step), -LIS_EBADMSG (its ring or an answer makes no
 * sense), -LIS_EPROTO (buffers that cannot be lived with).
 */
int32_t netvsc_start(struct netvsc *adapter, const struct netvsc_options *options) LIS_MUST_CHECK;
/*
 * Nobody transmits or flushes any more. Closes all channels; what is outstanding goes to
 * netvsc_shim_sent(), after which the host does not read it any more.
 */
void netvsc_stop(struct netvsc *adapter);

/* Valid after a successful start. Any context. */
const struct netvsc_info *netvsc_info_of(const struct netvsc *adapter);
/* Any context. */
void netvsc_state_of(struct netvsc *adapter, struct netvsc_state *state);
/* Something in the state has changed. Any context, hard interrupts too. */
void netvsc_shim_changed(void *context);

/* ---- to the host ---- */

enum netvsc_frame_flag {
	NETVSC_FRAME_IP4 = 1 << 0, /* with a checksum or large send: what the frame is */
	NETVSC_FRAME_IP6 = 1 << 1,
	NETVSC_FRAME_TCP = 1 << 2, /* fill in this checksum */
	NETVSC_FRAME_UDP = 1 << 3,
	NETVSC_FRAME_VLAN = 1 << 4, /* vlan is valid */
	NETVSC_FRAME_HASH = 1 << 5, /* hash is valid */
};

struct netvsc_frame {
	void *packet;		   /* for the shim's functions */
	uint32_t bytes;		   /* all of the frame, at most NETVSC_FRAME_LIMIT */
	uint32_t hash;
	uint16_t flags;		   /* of enum netvsc_frame_flag */
	uint16_t vlan;		   /* priority, DEI and identifier, as IEEE 802.1Q has them */
	uint16_t mss;		   /* of a large send, which has NETVSC_FRAME_TCP; else 0 */
	uint16_t transport_offset; /* of the TCP or UDP header; with a checksum or large send */
};

enum netvsc_sent {
	NETVSC_HELD,   /* the core's until netvsc_shim_sent() */
	NETVSC_COPIED, /* the caller's again */
};

/*
 * Hands the frame to the host. more: 1 when another netvsc_transmit() or netvsc_flush()
 * on this queue follows at once. enum netvsc_sent; -LIS_EAGAIN: no room, see
 * netvsc_ready(); -LIS_EMSGSIZE: too many ranges or too long; -LIS_EINVAL; -LIS_ENODEV: lost,
 * or no such queue. One caller a queue at a time, any context but hard interrupts.
 */
int32_t netvsc_transmit(struct netvsc *adapter, uint32_t queue, const struct netvsc_frame *frame,
			uint32_t more) LIS_MUST_CHECK;
/* Shows the host what was sent with more. Callers as for netvsc_transmit(). */
void netvsc_flush(struct netvsc *adapter, uint32_t queue);
/*
 * After -LIS_EAGAIN, when the queue is stopped: 1: there is room now; 0:
 * netvsc_shim_wake() comes. Callers as for netvsc_transmit().
 */
uint32_t netvsc_ready(struct netvsc *adapter, uint32_t queue) LIS_MUST_CHECK;
/* The queue that the host wants a flow on, below the open ones. Any context. */
uint32_t netvsc_queue_of(const struct netvsc *adapter, uint32_t hash) LIS_MUST_CHECK;

/* A run of guest-physical memory. */
struct netvsc_range {
	uint64_t frame;	 /* page number of its first byte */
	uint32_t offset; /* in that page, below 4096 */
	uint32_t bytes;
};

/* Writes the whole frame to `to`, which the host can read and write. Called from netvsc_transmit(). */
void netvsc_shim_copy(void *packet, void *to);
/* How many runs of memory the frame has, in order; 0: more than limit. Called from netvsc_transmit(). */
uint32_t netvsc_shim_ranges(void *packet, struct netvsc_range *ranges, uint32_t limit);
/* A held packet is the shim's again. From netvsc_poll() or netvsc_stop(). */
void netvsc_shim_sent(void *context, uint32_t queue, void *packet);
/* There is room in a queue for which netvsc_ready() said 0. Any context but hard interrupts. */
void netvsc_shim_wake(void *context, uint32_t queue);

/* ---- from the host ---- */

/*
 * From on = 1 until on = 0 has returned the core may want netvsc_poll(); nobody polls then.
 * The core asks for the first before it opens a queue's channel and for the second before it
 * closes it, in netvsc_start(), netvsc_stop() and, for sub-channels, a work item.
 */
void netvsc_shim_polling(void *context, uint32_t queue, uint32_t on);
/* netvsc_poll() is wanted, once more if it runs; ignored while nobody polls. Any context, hard interrupts too. */
void netvsc_shim_schedule(void *context, uint32_t queue);
/*
 * Takes what the host has sent; received frames it has delivered, at most budget (more
 * may be delivered at the end of a row). Less: nothing was left; call netvsc_rearm()
 * when polling has ended. Softirq, one caller a queue.
 */
uint32_t netvsc_poll(struct netvsc *adapter, uint32_t queue, uint32_t budget) LIS_MUST_CHECK;
/* 0: netvsc_shim_schedule() tells of more. 1: there is more now, poll again. Callers as for netvsc_poll(). */
uint32_t netvsc_rearm(struct netvsc *adapter, uint32_t queue) LIS_MUST_CHECK;

enum netvsc_arrival_flag {
	NETVSC_ARRIVAL_CHECKSUM = 1 << 0,  /* the host has found TCP's or UDP's checksum good */
	NETVSC_ARRIVAL_VLAN = 1 << 1,
	NETVSC_ARRIVAL_HASH = 1 << 2,
	NETVSC_ARRIVAL_COALESCED = 1 << 3, /* of several frames */
};

struct netvsc_arrival {
	uint32_t bytes;
	uint32_t hash;
	uint16_t flags; /* of enum netvsc_arrival_flag */
	uint16_t vlan;
};

struct netvsc_piece {
	void *at;
	uint32_t bytes;
};

/*
 * Private memory for a frame of so many bytes, NETVSC_FRAME_HEADER to NETVSC_FRAME_LIMIT; how
 * many pieces, together at least that long. 0: none, counted by the shim. netvsc_shim_receive()
 * follows, in the same call of netvsc_poll().
 */
uint32_t netvsc_shim_memory(void *context, uint32_t queue, uint32_t bytes, struct netvsc_piece *pieces);
/* The memory has the frame. */
void netvsc_shim_receive(void *context, uint32_t queue, const struct netvsc_arrival *arrival);

/* Events of one queue since it was made; races lose none. */
struct netvsc_counters {
	uint64_t send_full;	     /* a frame found no room in the ring */
	uint64_t send_no_section;    /* or no section of the send buffer */
	uint64_t send_dropped;	     /* a copied frame was lost, because the ring had no room after all */
	uint64_t send_failed;	     /* messages that the host says it has not sent */
	uint64_t completion_waits;   /* times that the ring had no room for what the host is owed */
	uint64_t receive_bad_packet; /* what was dropped: not a packet of this protocol */
	uint64_t receive_bad_range;  /* outside of the receive buffer */
	uint64_t receive_bad_frame;  /* RNDIS that makes no sense */
	uint64_t receive_bad_row;    /* a coalesced frame without beginning or end */
};

/* Any context; queue: below NETVSC_QUEUE_LIMIT. */
void netvsc_counters_of(struct netvsc *adapter, uint32_t queue, struct netvsc_counters *counters);

/* ---- what is asked of the host: -LIS_ETIMEDOUT, -LIS_EIO (it refuses), -LIS_ENODEV (lost or stopped) ---- */

enum netvsc_filter {
	NETVSC_RECEIVE_DIRECTED = 1 << 0,
	NETVSC_RECEIVE_MULTICAST = 1 << 1, /* all of it */
	NETVSC_RECEIVE_BROADCAST = 1 << 2,
	NETVSC_RECEIVE_PROMISCUOUS = 1 << 3,
};

int32_t netvsc_set_filter(struct netvsc *adapter, uint32_t filter) LIS_MUST_CHECK;
int32_t netvsc_set_mac(struct netvsc *adapter, const uint8_t mac[NETVSC_MAC_BYTES]) LIS_MUST_CHECK;
/* coalesce: 1, where the host offers it. */
int32_t netvsc_set_coalesce(struct netvsc *adapter, uint32_t coalesce) LIS_MUST_CHECK;

enum netvsc_hash {
	NETVSC_HASH_IP4 = 1 << 0,
	NETVSC_HASH_TCP4 = 1 << 1,
	NETVSC_HASH_UDP4 = 1 << 2,
	NETVSC_HASH_IP6 = 1 << 3,
	NETVSC_HASH_TCP6 = 1 << 4,
	NETVSC_HASH_UDP6 = 1 << 5,
};

/* How the host spreads what it receives. Kept over stop and start. */
struct netvsc_spreading {
	uint32_t hash; /* of enum netvsc_hash */
	uint16_t table[NETVSC_RSS_ENTRIES]; /* queues */
	uint8_t key[NETVSC_RSS_KEY_BYTES];
};

/* -LIS_EINVAL: a queue that is not open; -LIS_EOPNOTSUPP: rss_entries is 0. */
int32_t netvsc_set_spreading(struct netvsc *adapter, const struct netvsc_spreading *spreading) LIS_MUST_CHECK;
void netvsc_spreading_of(struct netvsc *adapter, struct netvsc_spreading *spreading);

/* Waits until the host agrees. -LIS_EOPNOTSUPP: before NVSP 4, or no function was given. */
int32_t netvsc_switch_path(struct netvsc *adapter, uint32_t to_vf) LIS_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
