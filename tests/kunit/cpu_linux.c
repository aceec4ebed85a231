// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: time, CPUs, quiescing, and the hypervisor's interface. */
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include <asm/processor.h>

#include "lis_kunit.h"

static void cpus_are_the_kernels(struct kunit *test)
{
	uint32_t cpu;

	KUNIT_EXPECT_EQ(test, lis_os_cpu_limit(), nr_cpu_ids);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		KUNIT_EXPECT_EQ(test, lis_os_cpu_is_online(cpu), cpu_online(cpu) ? 1 : 0);
		if (cpu_online(cpu))
			KUNIT_EXPECT_EQ(test, lis_os_cpu_node(cpu), (uint32_t)max(cpu_to_node(cpu), 0));
	}
	KUNIT_EXPECT_EQ(test, lis_os_cpu_is_online(nr_cpu_ids), 0);
	KUNIT_EXPECT_EQ(test, lis_os_cpu_is_online(~0u), 0);
}

static void pinned_it_stays(struct kunit *test)
{
	bool preemptible_inside, same;
	uint32_t cpu;

	cpu = lis_os_cpu_pin();
	preemptible_inside = preemptible();
	same = cpu == smp_processor_id();
	lis_os_cpu_unpin();
	KUNIT_EXPECT_FALSE(test, preemptible_inside);
	KUNIT_EXPECT_TRUE(test, same);
	KUNIT_EXPECT_TRUE(test, preemptible());
}

struct visit {
	unsigned int calls;
	unsigned int cpu;
	bool interrupts_off;
	uint32_t vp_index;
	uint64_t now_ns;
};

static void visit_cpu(void *context)
{
	struct visit *visit = context;

	visit->calls++;
	visit->cpu = raw_smp_processor_id();
	visit->interrupts_off = irqs_disabled();
	visit->vp_index = lis_kunit_vp_index_here();
	visit->now_ns = lis_os_now_ns();
}

static void call_runs_on_every_cpu(struct kunit *test)
{
	uint64_t before = lis_os_now_ns();
	uint32_t cpu;

	for_each_online_cpu(cpu) {
		struct visit visit = {};

		KUNIT_EXPECT_EQ(test, lis_os_cpu_call(cpu, visit_cpu, &visit), 0);
		KUNIT_EXPECT_EQ(test, visit.calls, 1);
		KUNIT_EXPECT_EQ(test, visit.cpu, cpu);
		KUNIT_EXPECT_TRUE(test, visit.interrupts_off);
		/* The index is what that CPU's own register says. */
		KUNIT_EXPECT_EQ(test, visit.vp_index, lis_os_cpu_vp_index(cpu));
		/* One clock for all CPUs. */
		KUNIT_EXPECT_GE(test, visit.now_ns, before);
		before = visit.now_ns;
	}
	KUNIT_EXPECT_GE(test, lis_os_now_ns(), before);
}

static void call_to_an_absent_cpu_is_refused(struct kunit *test)
{
	struct visit visit = {};

	KUNIT_EXPECT_EQ(test, lis_os_cpu_call(nr_cpu_ids, visit_cpu, &visit), -LIS_ENODEV);
	KUNIT_EXPECT_EQ(test, visit.calls, 0);
}

static int take_cpus_lock(void *context)
{
	lis_os_cpus_lock();
	lis_os_cpus_unlock();
	return 0;
}

static void cpus_lock_is_shared(struct kunit *test)
{
	struct lis_kunit_thread thread;

	lis_os_cpus_lock();
	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), take_cpus_lock, NULL);
	KUNIT_EXPECT_EQ(test, lis_kunit_thread_join(&thread), 0);
	lis_os_cpus_unlock();
}

struct handler {
	call_single_data_t call;
	bool begun;
	bool returned;
};

/* Stands for an interrupt handler that is under way. */
static void slow_handler(void *context)
{
	struct handler *handler = context;

	WRITE_ONCE(handler->begun, true);
	lis_os_delay_us(5000);
	WRITE_ONCE(handler->returned, true);
}

static int quiesce_elsewhere(void *context)
{
	struct handler *handler = context;
	unsigned int i;

	for (i = 0; i < 1000 && !READ_ONCE(handler->begun); i++)
		lis_os_delay_us(100);
	if (!READ_ONCE(handler->begun))
		return -ETIME;
	lis_os_quiesce();
	return READ_ONCE(handler->returned);
}

static int interrupt_elsewhere(void *context)
{
	struct handler *handler = context;

	return smp_call_function_single_async(cpumask_last(cpu_online_mask), &handler->call);
}

static void quiesce_waits_for_handlers(struct kunit *test)
{
	unsigned int round, cpu = cpumask_first(cpu_online_mask);

	KUNIT_ASSERT_GE_MSG(test, num_online_cpus(), 2, "needs two CPUs");
	for (round = 0; round < 10; round++) {
		struct lis_kunit_thread waiter;
		struct handler handler = {};

		INIT_CSD(&handler.call, slow_handler, &handler);
		lis_kunit_thread_start(test, &waiter, cpu, quiesce_elsewhere, &handler);
		KUNIT_EXPECT_EQ(test, interrupt_elsewhere(&handler), 0);
		KUNIT_EXPECT_EQ(test, lis_kunit_thread_join(&waiter), 1);
		/* Whatever the verdict: it lies on this stack. */
		while (!READ_ONCE(handler.returned))
			lis_os_sleep_ms(1);
	}
}

static void cpuid_is_the_cpus(struct kunit *test)
{
	uint32_t ours[4], kernels[4];

	lis_os_cpuid(0, ours);
	cpuid(0, &kernels[0], &kernels[1], &kernels[2], &kernels[3]);
	KUNIT_EXPECT_EQ(test, memcmp(ours, kernels, sizeof(ours)), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_on_hyperv(), 1);
}

static void msr_reads_a_running_clock(struct kunit *test)
{
	/* By the kernel's clock: jiffies that come late come several at once, and end a sleep early. */
	uint64_t first = lis_kunit_reference_time(), second;
	ktime_t end = ktime_add_ms(ktime_get(), 20);

	while (ktime_before(ktime_get(), end))
		lis_os_sleep_ms(1);
	second = lis_kunit_reference_time();
	/* Units of 100 ns. */
	KUNIT_EXPECT_GE(test, second - first, 20 * 10000);
	KUNIT_EXPECT_LT(test, second - first, 100000 * 10000ull);
}

static void hypercalls_reach_the_hypervisor(struct kunit *test)
{
	uint32_t refused = 0;

	KUNIT_EXPECT_EQ(test, lis_kunit_refuses_event(), 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_refuses_message(&refused), 0);
	KUNIT_EXPECT_EQ(test, refused, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cpus_are_the_kernels),
	KUNIT_CASE(pinned_it_stays),
	KUNIT_CASE(call_runs_on_every_cpu),
	KUNIT_CASE(call_to_an_absent_cpu_is_refused),
	KUNIT_CASE(cpus_lock_is_shared),
	KUNIT_CASE(quiesce_waits_for_handlers),
	KUNIT_CASE(cpuid_is_the_cpus),
	KUNIT_CASE(msr_reads_a_running_clock),
	KUNIT_CASE(hypercalls_reach_the_hypervisor),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_os_cpu",
	.test_cases = cases,
};
kunit_test_suite(suite);
