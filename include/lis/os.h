/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a core asks of the operating system. vmbus/os_linux.c implements it for
 * the kernel and tests/unit/os for user space.
 *
 * Contexts: "any" includes hard interrupts with interrupts off; "process" may
 * sleep; "crash" is the panicking CPU after the others were stopped. Unless a
 * comment says otherwise a function may be called in process context only.
 * Memory that a create or alloc function returns belongs to the caller, who
 * gives it back to the matching destroy or free function; both take NULL.
 */
#ifndef LIS_OS_H
#define LIS_OS_H

#include <lis/errors.h>
#include <lis/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- small memory ---- */

/* Zeroed memory, at most 32 KiB; NULL when there is none. */
void *lis_os_alloc(uint32_t size) LIS_MUST_CHECK;
void lis_os_free(void *memory); /* any context but NMI */

/* ---- pages of 4 KiB and their guest-physical addresses ---- */

struct lis_os_pages; /* a list of single pages: never a high-order allocation */

/* count zeroed pages, 1 to 65536; NULL when there are not so many. */
struct lis_os_pages *lis_os_pages_alloc(uint32_t count) LIS_MUST_CHECK;
void lis_os_pages_free(struct lis_os_pages *pages);
/* Gives up the descriptor and leaves the pages themselves allocated for ever. */
void lis_os_pages_abandon(struct lis_os_pages *pages);
uint32_t lis_os_pages_count(const struct lis_os_pages *pages);	      /* any */
/* Guest page number (address / 4096) of page index. */
uint64_t lis_os_pages_frame(const struct lis_os_pages *pages, uint32_t index); /* any */
/* Permanent kernel address of one page. */
void *lis_os_pages_address(const struct lis_os_pages *pages, uint32_t index);  /* any */

/* One contiguous mapping of count pages from first; NULL: no address space. */
void *lis_os_pages_map(const struct lis_os_pages *pages, uint32_t first, uint32_t count) LIS_MUST_CHECK;
/*
 * A ring: page first once, then pages first+1 .. first+count-1 twice in a row,
 * so that what wraps is still contiguous (protocol.md 3.6).
 */
void *lis_os_pages_map_ring(const struct lis_os_pages *pages, uint32_t first, uint32_t count) LIS_MUST_CHECK;
void lis_os_unmap(void *address);

/* ---- raw spin locks (interrupts off while held, also on PREEMPT_RT) ---- */

struct lis_os_spinlock;

/* rank: lis::LockRank; a lock is taken only while locks of lower rank are held. */
struct lis_os_spinlock *lis_os_spinlock_create(uint32_t rank) LIS_MUST_CHECK;
void lis_os_spinlock_destroy(struct lis_os_spinlock *lock);
unsigned long lis_os_spin_lock(struct lis_os_spinlock *lock);			      /* any */
void lis_os_spin_unlock(struct lis_os_spinlock *lock, unsigned long interrupt_state); /* any */

/* ---- sleeping locks ---- */

struct lis_os_mutex;

struct lis_os_mutex *lis_os_mutex_create(uint32_t rank) LIS_MUST_CHECK;
void lis_os_mutex_destroy(struct lis_os_mutex *mutex);
void lis_os_mutex_lock(struct lis_os_mutex *mutex);
void lis_os_mutex_unlock(struct lis_os_mutex *mutex);

/* ---- wait and complete ---- */

struct lis_os_event; /* counts nothing: set stays set until reset */

struct lis_os_event *lis_os_event_create(void) LIS_MUST_CHECK;
void lis_os_event_destroy(struct lis_os_event *event);
void lis_os_event_reset(struct lis_os_event *event); /* any; nobody may be waiting */
void lis_os_event_set(struct lis_os_event *event);   /* any */
/* 0, or -LIS_ETIMEDOUT after timeout_ms. Not interruptible. */
int32_t lis_os_wait(struct lis_os_event *event, uint32_t timeout_ms) LIS_MUST_CHECK;
void lis_os_sleep_ms(uint32_t ms);
/* Busy delay, at most 10000 us a call. Any context, crash too. */
void lis_os_delay_us(uint32_t us);

/* ---- work ---- */

struct lis_os_queue; /* an ordered queue: one item at a time, first in first out */
struct lis_os_work;

/* name: for ps(1); copied. */
struct lis_os_queue *lis_os_queue_create(const char *name) LIS_MUST_CHECK;
/* Waits for what is queued. Delayed items must have been cancelled. */
void lis_os_queue_destroy(struct lis_os_queue *queue);
void lis_os_queue_flush(struct lis_os_queue *queue); /* not from an item of this queue */

/* The item may be submitted again while it runs: it then runs once more. */
struct lis_os_work *lis_os_work_create(struct lis_os_queue *queue, void (*run)(void *context),
				       void *context) LIS_MUST_CHECK;
/* Cancels first; the same rule as for cancel. */
void lis_os_work_destroy(struct lis_os_work *work);
/* Nothing happens when it is queued already. */
void lis_os_work_submit(struct lis_os_work *work);				 /* any */
void lis_os_work_submit_after(struct lis_os_work *work, uint32_t delay_ms); /* any */
/* Afterwards it is neither queued nor running. Not from the item itself. */
void lis_os_work_cancel(struct lis_os_work *work);

/* ---- deferred part of an interrupt (a tasklet) ---- */

struct lis_os_softirq;

struct lis_os_softirq *lis_os_softirq_create(void (*run)(void *context), void *context) LIS_MUST_CHECK;
/* Waits until it is neither pending nor running. */
void lis_os_softirq_destroy(struct lis_os_softirq *softirq);
void lis_os_softirq_schedule(struct lis_os_softirq *softirq); /* any */
/* Between these two it does not run; disable waits for a running one. */
void lis_os_softirq_disable(struct lis_os_softirq *softirq);
void lis_os_softirq_enable(struct lis_os_softirq *softirq);

/* ---- time ---- */

uint64_t lis_os_now_ns(void); /* monotonic; any */

/* ---- CPUs ---- */

/* CPU numbers are below this; constant. */
uint32_t lis_os_cpu_limit(void);	  /* any */
int32_t lis_os_cpu_is_online(uint32_t cpu); /* any; 0 or 1 */
/* Index that the hypervisor knows this CPU by; not the CPU's number. */
uint32_t lis_os_cpu_vp_index(uint32_t cpu); /* any */
/* NUMA node of a CPU, 0 where there is none. */
uint32_t lis_os_cpu_node(uint32_t cpu); /* any */
/* Stays on the CPU that is returned until unpin. No sleeping in between. */
uint32_t lis_os_cpu_pin(void); /* any */
void lis_os_cpu_unpin(void);   /* any */
/* Keeps CPUs from coming and going. */
void lis_os_cpus_lock(void);
void lis_os_cpus_unlock(void);
/* Runs there with interrupts off and waits. -LIS_ENODEV: that CPU is offline. */
int32_t lis_os_cpu_call(uint32_t cpu, void (*run)(void *context), void *context) LIS_MUST_CHECK;
/* Returns when every interrupt handler that ran at the call has returned, and whoever was pinned has unpinned. */
void lis_os_quiesce(void);

/* ---- hypervisor ---- */

/* EAX, EBX, ECX, EDX of a CPUID leaf. */
void lis_os_cpuid(uint32_t leaf, uint32_t registers[4]); /* any */
uint64_t lis_os_msr_read(uint32_t msr);			/* any, on this CPU */
void lis_os_msr_write(uint32_t msr, uint64_t value);	/* any, on this CPU */
/*
 * Returns the 64-bit hypercall result, status in bits 15:0. input is the kernel
 * address, inside one page of lis_os_pages_alloc(), or NULL.
 */
uint64_t lis_os_hypercall(uint64_t control, void *input); /* any, pinned */
uint64_t lis_os_hypercall_fast8(uint64_t control, uint64_t input); /* any */

/* ---- log ---- */

enum lis_os_log_level { LIS_OS_LOG_ERROR, LIS_OS_LOG_WARNING, LIS_OS_LOG_INFO, LIS_OS_LOG_DEBUG };

/* One line without a newline. Any context. The module's name is put before it. */
void lis_os_log(uint32_t level, const char *format, ...) LIS_PRINTF(2, 3);
/* The same, at most about ten lines in five seconds for all callers together. */
void lis_os_log_limited(uint32_t level, const char *format, ...) LIS_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
