/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hv_vmbus offers to the other modules. Read by their shims (C) and their
 * cores (C++); everything here is exported. Names are the protocol's
 * (protocol.md chapters 2 and 3). Process context unless a comment says more.
 */
#ifndef LIS_VMBUS_H
#define LIS_VMBUS_H

#include <lis/errors.h>
#include <lis/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct module;
struct lis_os_pages;
struct lis_vmbus_device;  /* a bound primary channel in the device model; the bus's */
struct lis_vmbus_channel; /* a primary or sub-channel; the bus's */
struct lis_vmbus_gpadl;	  /* memory shared with the host under one GPADL handle */

/* ---- drivers (shims) ---- */

struct lis_vmbus_driver {
	uint32_t size;		       /* sizeof(struct lis_vmbus_driver) */
	uint32_t reserved;
	uint64_t digest;	       /* LIS_HEADER_DIGEST that the module was built with */
	const char *name;	       /* as in /sys/bus/vmbus/drivers */
	const char *version;	       /* the module's version, for the log */
	const struct lis_guid *classes; /* device classes that it drives */
	uint32_t class_count;
	/* 0, or a negative error: the device stays without a driver. */
	int32_t (*probe)(struct lis_vmbus_device *device);
	/*
	 * Must close every channel that probe opened. After a rescind the
	 * channel calls here return at once and nothing reaches the host.
	 */
	void (*remove)(struct lis_vmbus_device *device);
	void (*shutdown)(struct lis_vmbus_device *device); /* may be NULL */
	int32_t (*suspend)(struct lis_vmbus_device *device); /* closes its channels; may be NULL */
	int32_t (*resume)(struct lis_vmbus_device *device);  /* opens them again; may be NULL */
	void *bus_private;	       /* the bus's, NULL at registration */
};

/* -LIS_EPERM: built for another hv_vmbus (digest differs); logged in one line. */
int32_t lis_vmbus_driver_register(struct lis_vmbus_driver *driver, struct module *owner) LIS_MUST_CHECK;
void lis_vmbus_driver_unregister(struct lis_vmbus_driver *driver);

struct device *lis_vmbus_device_base(struct lis_vmbus_device *device);		    /* any */
struct lis_vmbus_channel *lis_vmbus_device_channel(struct lis_vmbus_device *device); /* any */
void *lis_vmbus_device_data(const struct lis_vmbus_device *device);		    /* any */
void lis_vmbus_device_set_data(struct lis_vmbus_device *device, void *data);	    /* any */

/* ---- the connection ---- */

/* Negotiated version, major << 16 | minor; 0 while there is no connection. Any context. */
uint32_t lis_vmbus_version(void);

/*
 * Asks the host to offer an hv_sock channel to service (protocol.md 8.1). Success
 * shows as an offer. -LIS_EOPNOTSUPP before version 4.0.
 */
int32_t lis_vmbus_connect_service(const struct lis_guid *endpoint, const struct lis_guid *service) LIS_MUST_CHECK;

/*
 * Reserves size bytes, aligned to align (a power of two), of the MMIO space that
 * firmware gave to the bus, within [min, max]; below 4 GiB unless high is 1.
 * -LIS_ENOMEM: no such hole. Shims only.
 */
int32_t lis_vmbus_mmio_allocate(uint64_t size, uint64_t align, uint64_t min, uint64_t max, uint32_t high,
				const char *name, uint64_t *start) LIS_MUST_CHECK;
void lis_vmbus_mmio_free(uint64_t start, uint64_t size);

/* ---- channels ---- */

/* What the host's offer said, judged (protocol.md 2.4.3). */
struct lis_vmbus_offer {
	struct lis_guid class_id;
	struct lis_guid instance;
	uint32_t relid;
	uint32_t connection_id;
	uint16_t flags;
	uint16_t mmio_megabytes;
	uint16_t subchannel_index; /* 0: a primary */
	uint8_t monitor_id;
	uint8_t monitor_allocated; /* 0 or 1 */
	uint8_t dedicated_interrupt; /* 0 or 1 */
	uint8_t reserved[3];
	uint8_t user_data[120];
};

/* Valid as long as the channel. Any context. */
const struct lis_vmbus_offer *lis_vmbus_channel_offer(const struct lis_vmbus_channel *channel);

enum lis_vmbus_dispatch {
	LIS_VMBUS_DISPATCH_SOFTIRQ = 0, /* on_event runs in a tasklet, receive ring masked */
	LIS_VMBUS_DISPATCH_IRQ = 1,	/* on_event runs in the hard interrupt */
};

#define LIS_VMBUS_CPU_ANY 0xffffffffu

struct lis_vmbus_open {
	uint32_t size;		/* sizeof(struct lis_vmbus_open) */
	uint32_t send_pages;	/* G>H ring: control page and data, 2 or more */
	uint32_t receive_pages; /* H>G ring: control page and data, 2 or more */
	uint32_t dispatch;	/* enum lis_vmbus_dispatch */
	uint32_t cpu;		/* that takes the interrupt, or LIS_VMBUS_CPU_ANY */
	uint32_t user_data_size; /* at most 120 */
	const void *user_data;	/* for OPEN_CHANNEL, copied; may be NULL */
	/*
	 * Once, process context: the rings are mapped, and on_event has not run yet.
	 * Here a driver makes its lis/ring.hpp ends. May be NULL.
	 */
	void (*on_rings)(void *context);
	/* New data or new space, perhaps neither. From before open returns until close returns. */
	void (*on_event)(void *context);
	/*
	 * Once, process context, after a rescind; not after close, which waits for
	 * it: it takes no lock that is held over close. May be NULL.
	 */
	void (*on_rescind)(void *context);
	void *context;
};

/*
 * Allocates both rings, shares and opens. Errors: -LIS_EINVAL (sizes),
 * -LIS_EBUSY (not closed), -LIS_ENOMEM, -LIS_ENODEV (rescinded),
 * -LIS_ECONNREFUSED (the host said no), -LIS_ETIMEDOUT (the memory stays with the
 * host, in the ledger), -LIS_ENOSPC (this device has left too much there).
 */
int32_t lis_vmbus_channel_open(struct lis_vmbus_channel *channel, const struct lis_vmbus_open *open) LIS_MUST_CHECK;

/*
 * Afterwards on_event does not run and the rings are gone. A primary closes its
 * sub-channels too. Never fails: what the host may still use stays in the ledger.
 * Not from on_event or on_rescind.
 */
void lis_vmbus_channel_close(struct lis_vmbus_channel *channel);

/* 1 once the host has taken the channel back. Any context. */
uint32_t lis_vmbus_channel_rescinded(const struct lis_vmbus_channel *channel);

/*
 * Moves the interrupt. -LIS_EOPNOTSUPP before 4.1, -LIS_ENODEV not open or CPU
 * offline, -LIS_EBUSY: the host owes the answer to an earlier move.
 */
int32_t lis_vmbus_channel_set_cpu(struct lis_vmbus_channel *channel, uint32_t cpu) LIS_MUST_CHECK;
uint32_t lis_vmbus_channel_cpu(const struct lis_vmbus_channel *channel); /* any */

/*
 * on_subchannel runs in process context for each sub-channel, those already
 * offered included, one at a time; NULL ends that and waits for a running call.
 * Sub-channels are opened and closed like primaries; closing their primary or the
 * host's rescind ends them.
 */
void lis_vmbus_channel_on_subchannel(struct lis_vmbus_channel *primary,
				     void (*on_subchannel)(void *context, struct lis_vmbus_channel *subchannel),
				     void *context);

/* A reference keeps a sub-channel's memory valid beyond on_rescind. */
void lis_vmbus_channel_get(struct lis_vmbus_channel *channel); /* any */
void lis_vmbus_channel_put(struct lis_vmbus_channel *channel);

/* ---- rings: mappings for lis/ring.hpp, fixed while the channel is open ---- */

/* Kept by lis/ring.hpp, shown in channels/<relid>/ by the bus. Statistics: races lose counts. */
struct lis_vmbus_ring_counters {
	uint64_t signals_new_data;  /* intr_out_empty: signals because the ring was empty */
	uint64_t signals_new_space; /* intr_in_full: signals because the peer waited for space */
	uint64_t full_first;	    /* out_full_first: times that a send found the ring full, first of a row */
	uint64_t full_total;	    /* out_full_total: times that a send found the ring full */
};

struct lis_vmbus_ring {
	void *control;	    /* control page */
	void *data;	    /* data_bytes, mapped twice in a row */
	uint32_t data_bytes; /* multiple of 4096 */
	uint32_t reserved;
	struct lis_vmbus_ring_counters *counters; /* never NULL */
};

/* Any context while open. */
const struct lis_vmbus_ring *lis_vmbus_channel_send_ring(const struct lis_vmbus_channel *channel);
const struct lis_vmbus_ring *lis_vmbus_channel_receive_ring(const struct lis_vmbus_channel *channel);

/* Tells the host that the send ring has data or the receive ring space. Any context. */
void lis_vmbus_channel_signal(struct lis_vmbus_channel *channel);
/* 1: signal by hypercall always, never by the monitor page. */
void lis_vmbus_channel_low_latency(struct lis_vmbus_channel *channel, uint32_t on);

/* Reasons for which a driver drops host data; shown in debugfs by the bus. */
enum lis_vmbus_drop {
	LIS_VMBUS_DROP_RING_INDEX,
	LIS_VMBUS_DROP_PACKET_LENGTH,
	LIS_VMBUS_DROP_PACKET_TYPE,
	LIS_VMBUS_DROP_TRANSACTION,
	LIS_VMBUS_DROP_PAYLOAD,
	LIS_VMBUS_DROP_COUNT
};

/* Counts, and logs at a limited rate. Any context. */
void lis_vmbus_channel_drop(struct lis_vmbus_channel *channel, uint32_t reason);

/* ---- shared memory beyond the rings ---- */

/*
 * Allocates page_count pages (1 to 8190) one by one and shares them. Errors as for
 * open; -LIS_EMSGSIZE: more pages than one GPADL takes.
 */
int32_t lis_vmbus_gpadl_create(struct lis_vmbus_channel *channel, uint32_t page_count,
			       struct lis_vmbus_gpadl **gpadl) LIS_MUST_CHECK;
/*
 * Takes the memory back and frees it when the host has let go of it, else leaves
 * it in the ledger. The caller may not touch it from here on.
 */
void lis_vmbus_gpadl_release(struct lis_vmbus_gpadl *gpadl);
uint32_t lis_vmbus_gpadl_handle(const struct lis_vmbus_gpadl *gpadl);		    /* any */
const struct lis_os_pages *lis_vmbus_gpadl_pages(const struct lis_vmbus_gpadl *gpadl); /* any */

#ifdef __cplusplus
}
#endif

#endif
