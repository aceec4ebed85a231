// SPDX-License-Identifier: GPL-2.0-only
/* lis/ring.hpp with threads of the kernel on real mappings; the traffic itself is in traffic.cpp. */
#include <linux/cpumask.h>

#include "lis_kunit.h"

struct ring_memory {
	struct lis_os_pages *pages;
	void *map;
	struct lis_vmbus_ring_counters counters;
	struct lis_vmbus_ring ring;
};

static void ring_memory_init(struct kunit *test, struct ring_memory *memory, uint32_t data_pages)
{
	memset(memory, 0, sizeof(*memory));
	memory->pages = lis_os_pages_alloc(1 + data_pages);
	KUNIT_ASSERT_NOT_NULL(test, memory->pages);
	memory->map = lis_os_pages_map_ring(memory->pages, 0, 1 + data_pages);
	KUNIT_ASSERT_NOT_NULL(test, memory->map);
	memory->ring.control = memory->map;
	memory->ring.data = (char *)memory->map + 4096;
	memory->ring.data_bytes = data_pages * 4096;
	memory->ring.counters = &memory->counters;
}

static void ring_memory_exit(struct ring_memory *memory)
{
	lis_os_unmap(memory->map);
	lis_os_pages_free(memory->pages);
}

struct producer {
	struct lis_kunit_traffic *traffic;
	uint32_t number;
	uint32_t packets;
};

static int produce(void *context)
{
	struct producer *producer = context;

	return lis_kunit_traffic_produce(producer->traffic, producer->number, producer->packets);
}

struct consumer {
	struct lis_kunit_traffic *traffic;
	uint32_t packets;
};

static int consume(void *context)
{
	struct consumer *consumer = context;

	return lis_kunit_traffic_consume(consumer->traffic, consumer->packets);
}

/* Producers on one CPU after the other, the consumer on the last. */
static void exchange(struct kunit *test, uint32_t data_pages, uint32_t producers, uint32_t packets)
{
	struct lis_kunit_thread consuming, producing[LIS_KUNIT_PRODUCERS];
	unsigned int cpu = cpumask_first(cpu_online_mask);
	struct producer producer[LIS_KUNIT_PRODUCERS];
	struct lis_kunit_traffic_counts counts;
	struct ring_memory memory;
	struct consumer consumer;
	uint32_t i;

	KUNIT_ASSERT_GE_MSG(test, num_online_cpus(), 2, "needs two CPUs");
	ring_memory_init(test, &memory, data_pages);
	consumer.traffic = lis_kunit_traffic_create(&memory.ring);
	KUNIT_ASSERT_NOT_NULL(test, consumer.traffic);
	consumer.packets = producers * packets;
	lis_kunit_thread_start(test, &consuming, cpumask_last(cpu_online_mask), consume, &consumer);
	for (i = 0; i < producers; i++) {
		producer[i].traffic = consumer.traffic;
		producer[i].number = i;
		producer[i].packets = packets;
		lis_kunit_thread_start(test, &producing[i], cpu, produce, &producer[i]);
		cpu = lis_kunit_other_cpu(test, cpu);
	}
	for (i = 0; i < producers; i++)
		KUNIT_EXPECT_EQ_MSG(test, lis_kunit_thread_join(&producing[i]), 0, "producer %u", i);
	KUNIT_EXPECT_EQ_MSG(test, lis_kunit_thread_join(&consuming), 0, "consumer");

	lis_kunit_traffic_report(consumer.traffic, &counts);
	kunit_info(test, "%u packets, %llu bytes; signals: %llu data, %llu space; slept: consumer %llu, producers %llu\n",
		   consumer.packets, counts.bytes, counts.data_signals, counts.space_signals, counts.data_waits,
		   counts.space_waits);
	/* Who slept was woken by a signal. */
	KUNIT_EXPECT_GE(test, counts.data_signals, counts.data_waits ? 1 : 0);
	KUNIT_EXPECT_GE(test, counts.space_signals, counts.space_waits ? 1 : 0);
	KUNIT_EXPECT_LE(test, counts.data_signals, consumer.packets);
	KUNIT_EXPECT_LE(test, memory.counters.full_first, memory.counters.full_total);
	lis_kunit_traffic_destroy(consumer.traffic);
	ring_memory_exit(&memory);
}

static void one_producer_on_one_page(struct kunit *test)
{
	exchange(test, 1, 1, 10000);
}

static void two_producers_100000_packets(struct kunit *test)
{
	exchange(test, 8, 2, 50000);
}

static void three_producers_that_are_always_full(struct kunit *test)
{
	exchange(test, 1, 3, 5000);
}

static void wrong_rings_are_refused(struct kunit *test)
{
	struct ring_memory memory;

	ring_memory_init(test, &memory, 1);
	memory.ring.data_bytes = 4095;
	KUNIT_EXPECT_NULL(test, lis_kunit_traffic_create(&memory.ring));
	memory.ring.data_bytes = 0;
	KUNIT_EXPECT_NULL(test, lis_kunit_traffic_create(&memory.ring));
	memory.ring.data_bytes = 4096;
	memory.ring.counters = NULL;
	KUNIT_EXPECT_NULL(test, lis_kunit_traffic_create(&memory.ring));
	ring_memory_exit(&memory);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(wrong_rings_are_refused),
	KUNIT_CASE_SLOW(one_producer_on_one_page),
	KUNIT_CASE_SLOW(two_producers_100000_packets),
	KUNIT_CASE_SLOW(three_producers_that_are_always_full),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_ring",
	.test_cases = cases,
};
kunit_test_suite(suite);
