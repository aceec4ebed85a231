// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: the deferred part of an interrupt. */
#include <linux/interrupt.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "lis_kunit.h"

struct part {
	struct lis_os_softirq *softirq;
	unsigned int runs;
	bool in_softirq;
	bool hold; /* it does not return while this is set */
	bool running;
	struct lis_kunit_thread starter, releaser;
};

static void part_run(void *context)
{
	struct part *part = context;
	unsigned int i;

	WRITE_ONCE(part->running, true);
	part->in_softirq = in_serving_softirq() && !in_hardirq();
	/* At most two seconds. */
	for (i = 0; i < 2000 && READ_ONCE(part->hold); i++)
		lis_os_delay_us(1000);
	WRITE_ONCE(part->runs, part->runs + 1);
	WRITE_ONCE(part->running, false);
}

static void part_init(struct kunit *test, struct part *part)
{
	memset(part, 0, sizeof(*part));
	part->softirq = lis_os_softirq_create(part_run, part);
	KUNIT_ASSERT_NOT_NULL(test, part->softirq);
}

static bool ran(struct part *part, unsigned int runs)
{
	unsigned int i;

	for (i = 0; i < 500 && READ_ONCE(part->runs) < runs; i++)
		lis_os_sleep_ms(10);
	return READ_ONCE(part->runs) == runs;
}

static void softirq_runs_deferred(struct kunit *test)
{
	unsigned long flags;
	struct part part;
	bool at_once;

	part_init(test, &part);
	local_irq_save(flags);
	lis_os_softirq_schedule(part.softirq);
	lis_os_softirq_schedule(part.softirq);
	at_once = READ_ONCE(part.runs);
	local_irq_restore(flags);
	KUNIT_EXPECT_FALSE(test, at_once);
	/* Twice scheduled before it ran is once. */
	KUNIT_EXPECT_TRUE(test, ran(&part, 1));
	KUNIT_EXPECT_TRUE(test, part.in_softirq);
	lis_os_sleep_ms(30);
	KUNIT_EXPECT_EQ(test, part.runs, 1);
	lis_os_softirq_schedule(part.softirq);
	KUNIT_EXPECT_TRUE(test, ran(&part, 2));
	lis_os_softirq_destroy(part.softirq);
}

static void disabled_it_waits_for_enable(struct kunit *test)
{
	struct part part;

	part_init(test, &part);
	lis_os_softirq_disable(part.softirq);
	lis_os_softirq_schedule(part.softirq);
	lis_os_sleep_ms(60);
	KUNIT_EXPECT_EQ(test, READ_ONCE(part.runs), 0);
	lis_os_softirq_enable(part.softirq);
	KUNIT_EXPECT_TRUE(test, ran(&part, 1));
	lis_os_softirq_destroy(part.softirq);
}

static int schedule_here(void *context)
{
	lis_os_softirq_schedule(((struct part *)context)->softirq);
	return 0;
}

static int release_later(void *context)
{
	lis_os_sleep_ms(10);
	WRITE_ONCE(((struct part *)context)->hold, false);
	return 0;
}

/*
 * Starts the part on another CPU and returns while it runs there; it ends some 20 ms later.
 * The test stays on this CPU: the other one does nothing else meanwhile, timers included.
 */
static void start_elsewhere(struct kunit *test, struct part *part)
{
	unsigned int here = raw_smp_processor_id(), i;
	bool running;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(here)), 0);
	part->hold = true;
	lis_kunit_thread_start(test, &part->starter, lis_kunit_other_cpu(test, here), schedule_here, part);
	for (i = 0; i < 100 && !READ_ONCE(part->running); i++)
		lis_os_sleep_ms(1);
	running = READ_ONCE(part->running);
	KUNIT_EXPECT_TRUE(test, running);
	lis_kunit_thread_start(test, &part->releaser, here, release_later, part);
}

static void end_elsewhere(struct kunit *test, struct part *part)
{
	lis_kunit_thread_join(&part->starter);
	lis_kunit_thread_join(&part->releaser);
	KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current, cpu_possible_mask), 0);
}

static void disable_waits_for_the_running_one(struct kunit *test)
{
	struct part part;
	bool running;

	part_init(test, &part);
	start_elsewhere(test, &part);
	lis_os_softirq_disable(part.softirq);
	running = READ_ONCE(part.running);
	KUNIT_EXPECT_FALSE(test, running);
	KUNIT_EXPECT_EQ(test, part.runs, 1);
	lis_os_softirq_enable(part.softirq);
	end_elsewhere(test, &part);
	lis_os_softirq_destroy(part.softirq);
}

static void destroy_waits_for_pending_and_running(struct kunit *test)
{
	struct part part;
	unsigned int i;
	bool running;

	part_init(test, &part);
	start_elsewhere(test, &part);
	lis_os_softirq_destroy(part.softirq);
	running = READ_ONCE(part.running);
	KUNIT_EXPECT_FALSE(test, running);
	KUNIT_EXPECT_EQ(test, part.runs, 1);
	end_elsewhere(test, &part);

	for (i = 0; i < 50; i++) {
		part_init(test, &part);
		lis_os_softirq_schedule(part.softirq);
		lis_os_softirq_destroy(part.softirq);
		/* It may have been taken back, but not be under way. */
		running = READ_ONCE(part.running);
		KUNIT_EXPECT_FALSE(test, running);
		KUNIT_EXPECT_LE(test, part.runs, 1);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(softirq_runs_deferred),
	KUNIT_CASE(disabled_it_waits_for_enable),
	KUNIT_CASE(disable_waits_for_the_running_one),
	KUNIT_CASE(destroy_waits_for_pending_and_running),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_os_softirq",
	.test_cases = cases,
};
kunit_test_suite(suite);
