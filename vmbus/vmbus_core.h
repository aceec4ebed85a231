/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside hv_vmbus. vmbus_core_*: the core's, called by the shims.
 * vmbus_shim_*: the shims', called by the core. Process context unless a comment
 * says more. There is one bus, so none of these takes a handle to it.
 */
#ifndef VMBUS_CORE_H
#define VMBUS_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what CPUID says (protocol.md 1.1) ---- */

enum vmbus_core_platform {
	VMBUS_CORE_PLATFORM_GUEST = 0,	/* a Hyper-V guest that can run VMBus */
	VMBUS_CORE_PLATFORM_NONE,	/* no Hyper-V interface */
	VMBUS_CORE_PLATFORM_NO_SYNIC,	/* Hyper-V without hypercalls, VP index or SynIC */
	VMBUS_CORE_PLATFORM_ROOT,	/* the root partition */
	VMBUS_CORE_PLATFORM_ISOLATED,	/* an isolated (VBS, SNP, TDX) guest */
};

struct vmbus_core_host {
	uint32_t platform;	/* enum vmbus_core_platform */
	uint32_t build;		/* 0x40000002: "Hyper-V Host Build" */
	uint16_t major, minor;
	uint32_t service_pack, service_branch, service_number;
	uint32_t features;	/* 0x40000003 EAX */
	uint32_t misc_features; /* 0x40000003 EDX */
	uint32_t hints;		/* 0x40000004 EAX */
};

void vmbus_core_detect(struct vmbus_core_host *host); /* any */

/* ---- life, in the order of loading ---- */

struct vmbus_core_settings {
	uint32_t size;	      /* sizeof(struct vmbus_core_settings) */
	uint32_t max_version; /* major << 16 | minor; 0: no limit */
	uint32_t vector;      /* that SINT2 raises */
	uint32_t auto_eoi;    /* 1: the kernel's handler for that vector writes no EOI */
};

/* Allocates everything, pages for every possible CPU included. Nothing reaches the host. */
int32_t vmbus_core_create(const struct vmbus_core_settings *settings) LIS_MUST_CHECK;
/* After disconnect, with the SynIC off everywhere and the handler removed. */
void vmbus_core_destroy(void);

/* On the CPU concerned, interrupts off or the CPU still or already unused. */
void vmbus_core_synic_enable(uint32_t cpu);
void vmbus_core_synic_mask(uint32_t cpu);    /* no more interrupts */
void vmbus_core_synic_disable(uint32_t cpu); /* masks, and takes the pages from the host */
/* 0, or -LIS_EBUSY and a line in the log: cpu takes channel interrupts or the control messages. */
int32_t vmbus_core_cpu_may_go_offline(uint32_t cpu) LIS_MUST_CHECK;

/*
 * Negotiates and requests the offers; returns when the host has said that all were
 * delivered, or after 10 s without that, and every primary among them was given to
 * vmbus_shim_device_add. -LIS_ETIMEDOUT, -LIS_ECONNREFUSED (no common version),
 * -LIS_EPROTO, -LIS_ENOMEM.
 */
int32_t vmbus_core_connect(void) LIS_MUST_CHECK;
/*
 * Removes every device, sends UNLOAD and waits for the answer (bounded). What the
 * host has not let go of is abandoned and said in the log.
 */
void vmbus_core_disconnect(void);

/* Before sleep: after the drivers' suspend. Always 0 so far: a host that does not answer is left all the same. */
int32_t vmbus_core_suspend(void) LIS_MUST_CHECK;
/* Same version again, then waits (10 s) until the primaries are offered again. */
int32_t vmbus_core_resume(void) LIS_MUST_CHECK;

/* Crash context, or pinned to a CPU: UNLOAD, polls all message pages, at most 100 s; no locks. */
void vmbus_core_crash_unload(void);
/*
 * Meanwhile instead of vmbus_core_interrupt(), on a CPU that still runs: it takes its
 * messages, because only its own EOM makes the host send the next. No locks.
 */
void vmbus_core_crash_interrupt(uint32_t cpu);

/* ---- interrupts ---- */

/* Hard interrupt on the CPU that the vector was raised on, or interrupts off on a CPU that leaves. */
void vmbus_core_interrupt(uint32_t cpu);

/* ---- for sysfs and debugfs ---- */

struct vmbus_core_ring_status {
	uint32_t interrupt_mask;
	uint32_t read_index;
	uint32_t write_index;
	uint32_t bytes_to_read;
	uint32_t bytes_to_write;
};

struct vmbus_core_monitor_status {
	uint32_t pending; /* of the monitor's whole group, as in-tree shows it */
	uint32_t latency; /* 100 ns */
	uint32_t connection_id;
};

struct vmbus_core_channel_status {
	uint32_t state;	    /* ChannelState in the core's numbering; for "state" */
	uint32_t open;	    /* 1: the ring values are valid */
	uint32_t cpu;
	uint32_t vp_index;
	struct vmbus_core_ring_status send, receive;
	struct vmbus_core_monitor_status server, client; /* valid when the offer has a monitor */
	struct lis_vmbus_ring_counters send_counters, receive_counters;
	uint64_t interrupts; /* received for this channel */
	uint64_t events;     /* signals sent to the host */
};

void vmbus_core_channel_status(const struct lis_vmbus_channel *channel, struct vmbus_core_channel_status *status);

/* Fixed text for a class GUID ("network", "storvsc", ...), or "unknown". Any context. */
const char *vmbus_core_class_name(const struct lis_guid *class_id);
/* The device ids that sysfs shows as "device"; vendor is always 0x1414. Any context. */
uint32_t vmbus_core_class_device_number(const struct lis_guid *class_id);

/* Counter number index of the bus; NULL behind the last one. Any context. */
const char *vmbus_core_counter(uint32_t index, uint64_t *value);
/* The same for a channel's drops. */
const char *vmbus_core_channel_counter(const struct lis_vmbus_channel *channel, uint32_t index, uint64_t *value);

struct vmbus_core_ledger {
	uint64_t allocated; /* pages, ever */
	uint64_t freed;
	uint64_t shared;    /* now in use by a driver and the host */
	uint64_t with_host; /* given up by the driver, not yet by the host */
	uint64_t abandoned; /* left for ever at an unload without answer */
};

void vmbus_core_ledger(struct vmbus_core_ledger *ledger);

/* ---- the shims' side ---- */

/* The pointer that a shim keeps with a channel; NULL at first. Any context. */
void *vmbus_core_channel_shim(const struct lis_vmbus_channel *channel);
void vmbus_core_channel_set_shim(struct lis_vmbus_channel *channel, void *shim);
/* NULL for a primary. */
struct lis_vmbus_channel *vmbus_core_channel_primary(const struct lis_vmbus_channel *channel); /* any */

/*
 * Registers the device of a primary with its channels/<relid> directory; a matching
 * driver is probed before this returns. The device holds a reference on the channel
 * (lis_vmbus_channel_get) until its last reference goes. An error leaves nothing behind.
 */
int32_t vmbus_shim_device_add(struct lis_vmbus_channel *primary) LIS_MUST_CHECK;
/* Unbinds its driver (remove is called) and unregisters it; waits for both. */
void vmbus_shim_device_remove(struct lis_vmbus_channel *primary);
/* channels/<relid> of a sub-channel below its primary's device. */
int32_t vmbus_shim_subchannel_add(struct lis_vmbus_channel *subchannel) LIS_MUST_CHECK;
void vmbus_shim_subchannel_remove(struct lis_vmbus_channel *subchannel);
/* After a resume the primary has another relid: renames channels/<old relid>. */
void vmbus_shim_device_reoffered(struct lis_vmbus_channel *primary, uint32_t old_relid);

#ifdef __cplusplus
}
#endif

#endif
