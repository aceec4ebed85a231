/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside lis_kunit: what its cores offer to its suites. Process context
 * unless a comment says more.
 */
#ifndef LIS_KUNIT_CORE_H
#define LIS_KUNIT_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- mistakes that the kernel must report ---- */

/* memory[index], whatever is there. Any context. */
uint32_t lis_kunit_planted_read(const unsigned char *memory, uint32_t index);
void lis_kunit_planted_write(unsigned char *memory, uint32_t index, uint32_t value);

/* ---- races that the kernel must report, and what is none ---- */

/* Counts up; two threads at a time. */
void lis_kunit_race_plain(uint32_t *word, uint32_t times);
void lis_kunit_race_atomic(uint32_t *word, uint32_t times);
void lis_kunit_race_statistic(uint64_t *counter, uint32_t times);

/* One writes a run of shared bytes and the other reads it; size: a multiple of 8, at most 512. */
void lis_kunit_race_copy_out(void *shared, uint32_t size, uint32_t times);
void lis_kunit_race_copy_in(const void *shared, uint32_t size, uint32_t times);

/* How what is handed over becomes visible before the word that says so. */
enum lis_kunit_order {
	LIS_KUNIT_ORDER_NONE, /* not at all */
	LIS_KUNIT_ORDER_RELEASE,
	LIS_KUNIT_ORDER_BARRIER,
};

struct lis_kunit_handover {
	uint32_t content;
	uint32_t number; /* of the content that is there; even: taken */
};

/* Content goes from one thread to another and the permission for the next one back, in turns. */
void lis_kunit_race_give(struct lis_kunit_handover *handover, uint32_t times, enum lis_kunit_order order);
void lis_kunit_race_take(struct lis_kunit_handover *handover, uint32_t times, enum lis_kunit_order order);

/* ---- both ends of one ring ---- */

#define LIS_KUNIT_PRODUCERS 3u

struct lis_kunit_traffic;

struct lis_kunit_traffic_counts {
	uint64_t data_signals;	/* that producers owed */
	uint64_t space_signals; /* that the consumer owed */
	uint64_t data_waits;	/* times that the consumer went to sleep */
	uint64_t space_waits;	/* times that a producer went to sleep */
	uint64_t bytes;		/* of payload, taken by the consumer */
};

/* NULL: no memory, or not a ring. The ring outlives it. */
struct lis_kunit_traffic *lis_kunit_traffic_create(const struct lis_vmbus_ring *ring) LIS_MUST_CHECK;
void lis_kunit_traffic_destroy(struct lis_kunit_traffic *traffic);

/*
 * Sends packets 0 .. count-1 of one producer, of different lengths; one thread a
 * producer. Sleeps while the ring is full. -LIS_ETIMEDOUT: no signal in ten seconds.
 */
int32_t lis_kunit_traffic_produce(struct lis_kunit_traffic *traffic, uint32_t producer,
				  uint32_t count) LIS_MUST_CHECK;
/*
 * Takes count packets of all producers together; one thread. Sleeps while the ring is
 * empty. -LIS_EBADMSG: a packet was not what its producer has sent, or not the next one;
 * -LIS_EPROTO: more than count; -LIS_ETIMEDOUT: no signal in ten seconds.
 */
int32_t lis_kunit_traffic_consume(struct lis_kunit_traffic *traffic, uint32_t count) LIS_MUST_CHECK;
/* After all of them have returned. */
void lis_kunit_traffic_report(const struct lis_kunit_traffic *traffic, struct lis_kunit_traffic_counts *counts);

/* ---- the hypervisor ---- */

/* 1: CPUID says that this is Hyper-V. */
uint32_t lis_kunit_on_hyperv(void);
/* This CPU's index by its own register; and the partition's time in units of 100 ns. Any context. */
uint32_t lis_kunit_vp_index_here(void);
uint64_t lis_kunit_reference_time(void);
/* Whether the hypervisor refuses a message and an event for a connection that does not exist, as it must. */
uint32_t lis_kunit_refuses_event(void);
int32_t lis_kunit_refuses_message(uint32_t *refused) LIS_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
