// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: locks, events, sleeping and delays. */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include "lis_kunit.h"

enum { RANK = 15 }; /* higher than any of lis::LockRank */

static void spin_lock_keeps_the_interrupt_state(struct kunit *test)
{
	struct lis_os_spinlock *outer = lis_os_spinlock_create(RANK), *inner = lis_os_spinlock_create(RANK + 1);
	bool held[2], between, after, off_before;
	unsigned long state[2], flags;

	KUNIT_ASSERT_NOT_NULL(test, outer);
	KUNIT_ASSERT_NOT_NULL(test, inner);
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
	state[0] = lis_os_spin_lock(outer);
	held[0] = irqs_disabled();
	state[1] = lis_os_spin_lock(inner);
	held[1] = irqs_disabled();
	lis_os_spin_unlock(inner, state[1]);
	between = irqs_disabled();
	lis_os_spin_unlock(outer, state[0]);
	after = irqs_disabled();

	local_irq_save(flags);
	state[0] = lis_os_spin_lock(outer);
	lis_os_spin_unlock(outer, state[0]);
	off_before = irqs_disabled();
	local_irq_restore(flags);

	KUNIT_EXPECT_TRUE(test, held[0]);
	KUNIT_EXPECT_TRUE(test, held[1]);
	KUNIT_EXPECT_TRUE(test, between);
	KUNIT_EXPECT_FALSE(test, after);
	KUNIT_EXPECT_TRUE(test, off_before);
	lis_os_spinlock_destroy(outer);
	lis_os_spinlock_destroy(inner);
}

static void locks_have_sixteen_ranks(struct kunit *test)
{
	struct lis_os_spinlock *lock = lis_os_spinlock_create(15);
	struct lis_os_mutex *mutex = lis_os_mutex_create(15);

	KUNIT_EXPECT_NOT_NULL(test, lock);
	KUNIT_EXPECT_NOT_NULL(test, mutex);
	lis_os_spinlock_destroy(lock);
	lis_os_mutex_destroy(mutex);
}

struct counter {
	struct lis_os_spinlock *lock;
	struct lis_os_mutex *mutex;
	unsigned int rounds;
	unsigned int value;
	unsigned int inside;
	unsigned int overlaps;
};

static void count_one(struct counter *counter)
{
	unsigned int value;

	if (READ_ONCE(counter->inside))
		counter->overlaps++;
	WRITE_ONCE(counter->inside, 1);
	value = READ_ONCE(counter->value);
	cpu_relax();
	WRITE_ONCE(counter->value, value + 1);
	WRITE_ONCE(counter->inside, 0);
}

static int count_under_spinlock(void *context)
{
	struct counter *counter = context;
	unsigned int i;

	for (i = 0; i < counter->rounds; i++) {
		unsigned long state = lis_os_spin_lock(counter->lock);

		count_one(counter);
		lis_os_spin_unlock(counter->lock, state);
	}
	return 0;
}

static int count_under_mutex(void *context)
{
	struct counter *counter = context;
	unsigned int i;

	for (i = 0; i < counter->rounds; i++) {
		lis_os_mutex_lock(counter->mutex);
		count_one(counter);
		if (i % 64 == 0)
			lis_os_sleep_ms(1);
		lis_os_mutex_unlock(counter->mutex);
	}
	return 0;
}

static void count_on_two_cpus(struct kunit *test, struct counter *counter, int (*run)(void *context))
{
	struct lis_kunit_thread thread[2];
	unsigned int cpu = cpumask_first(cpu_online_mask);

	lis_kunit_thread_start(test, &thread[0], cpu, run, counter);
	lis_kunit_thread_start(test, &thread[1], lis_kunit_other_cpu(test, cpu), run, counter);
	lis_kunit_thread_join(&thread[0]);
	lis_kunit_thread_join(&thread[1]);
	KUNIT_EXPECT_EQ(test, counter->value, 2 * counter->rounds);
	KUNIT_EXPECT_EQ(test, counter->overlaps, 0);
}

static void spin_lock_excludes(struct kunit *test)
{
	struct counter counter = { .lock = lis_os_spinlock_create(RANK), .rounds = 300 };

	KUNIT_ASSERT_NOT_NULL(test, counter.lock);
	count_on_two_cpus(test, &counter, count_under_spinlock);
	lis_os_spinlock_destroy(counter.lock);
}

static void mutex_excludes(struct kunit *test)
{
	struct counter counter = { .mutex = lis_os_mutex_create(RANK), .rounds = 300 };

	KUNIT_ASSERT_NOT_NULL(test, counter.mutex);
	count_on_two_cpus(test, &counter, count_under_mutex);
	lis_os_mutex_destroy(counter.mutex);
}

static void event_set_before_the_wait(struct kunit *test)
{
	struct lis_os_event *event = lis_os_event_create();

	KUNIT_ASSERT_NOT_NULL(test, event);
	lis_os_event_set(event);
	lis_os_event_set(event);
	/* Set stays set, however often it is waited for. */
	KUNIT_EXPECT_EQ(test, lis_os_wait(event, 0), 0);
	KUNIT_EXPECT_EQ(test, lis_os_wait(event, 1000), 0);
	KUNIT_EXPECT_EQ(test, lis_os_wait(event, 1000), 0);
	lis_os_event_reset(event);
	KUNIT_EXPECT_EQ(test, lis_os_wait(event, 0), -LIS_ETIMEDOUT);
	lis_os_event_destroy(event);
}

static void wait_times_out_and_not_early(struct kunit *test)
{
	static const uint32_t timeouts[] = { 0, 1, 25, 200 };
	struct lis_os_event *event = lis_os_event_create();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, event);
	for (i = 0; i < ARRAY_SIZE(timeouts); i++) {
		uint64_t begin = lis_os_now_ns();
		int32_t result = lis_os_wait(event, timeouts[i]);
		uint64_t ms = (lis_os_now_ns() - begin) / NSEC_PER_MSEC;

		KUNIT_EXPECT_EQ(test, result, -LIS_ETIMEDOUT);
		KUNIT_EXPECT_GE(test, ms, timeouts[i]);
		KUNIT_EXPECT_LT(test, ms, timeouts[i] + 5000);
	}
	lis_os_event_destroy(event);
}

struct setter {
	struct irq_work interrupt;
	struct lis_os_event *event;
	bool in_interrupt;
};

static int set_later(void *context)
{
	struct setter *setter = context;

	lis_os_sleep_ms(50);
	lis_os_event_set(setter->event);
	return 0;
}

static void set_wakes_a_waiter(struct kunit *test)
{
	struct setter setter = { .event = lis_os_event_create() };
	struct lis_kunit_thread thread;

	KUNIT_ASSERT_NOT_NULL(test, setter.event);
	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), set_later, &setter);
	KUNIT_EXPECT_EQ(test, lis_os_wait(setter.event, 20000), 0);
	lis_kunit_thread_join(&thread);
	lis_os_event_destroy(setter.event);
}

static void set_in_interrupt(struct irq_work *work)
{
	struct setter *setter = container_of(work, struct setter, interrupt);

	setter->in_interrupt = in_hardirq() && irqs_disabled();
	lis_os_event_set(setter->event);
}

static int interrupt_later(void *context)
{
	struct setter *setter = context;

	lis_os_sleep_ms(50);
	irq_work_queue(&setter->interrupt);
	irq_work_sync(&setter->interrupt);
	return 0;
}

static void set_from_an_interrupt_wakes_a_waiter(struct kunit *test)
{
	struct setter setter = { .interrupt = IRQ_WORK_INIT_HARD(set_in_interrupt), .event = lis_os_event_create() };
	struct lis_kunit_thread thread;

	KUNIT_ASSERT_NOT_NULL(test, setter.event);
	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), interrupt_later, &setter);
	KUNIT_EXPECT_EQ(test, lis_os_wait(setter.event, 20000), 0);
	lis_kunit_thread_join(&thread);
	KUNIT_EXPECT_TRUE(test, setter.in_interrupt);
	lis_os_event_destroy(setter.event);
}

static int wait_long(void *event)
{
	return lis_os_wait(event, 20000);
}

static void one_set_wakes_all_waiters(struct kunit *test)
{
	struct lis_os_event *event = lis_os_event_create();
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	struct lis_kunit_thread thread[3];

	KUNIT_ASSERT_NOT_NULL(test, event);
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		lis_kunit_thread_start(test, &thread[i], i ? lis_kunit_other_cpu(test, cpu) : cpu, wait_long, event);
	lis_os_sleep_ms(50);
	lis_os_event_set(event);
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		KUNIT_EXPECT_EQ(test, lis_kunit_thread_join(&thread[i]), 0);
	KUNIT_EXPECT_EQ(test, lis_os_wait(event, 0), 0);
	lis_os_event_destroy(event);
}

static void sleep_lasts_long_enough(struct kunit *test)
{
	uint64_t begin = lis_os_now_ns();

	lis_os_sleep_ms(30);
	KUNIT_EXPECT_GE(test, lis_os_now_ns() - begin, 30 * NSEC_PER_MSEC);
}

static void kernels_delay(uint32_t us)
{
	udelay(us);
}

/* The shortest of some, with interrupts off. */
static uint64_t shortest_ns(void (*delay)(uint32_t us), uint32_t us)
{
	uint64_t begin, took, shortest = U64_MAX;
	unsigned int round;
	unsigned long flags;

	for (round = 0; round < 7; round++) {
		local_irq_save(flags);
		begin = lis_os_now_ns();
		delay(us);
		took = lis_os_now_ns() - begin;
		local_irq_restore(flags);
		shortest = min(shortest, took);
	}
	return shortest;
}

/* An emulator's clock and its delay loop disagree, so the kernel's own delay is the measure. */
static void delay_lasts_long_enough(struct kunit *test)
{
	static const uint32_t delays[] = { 100, 1001, 10000 };
	uint64_t kernels = shortest_ns(kernels_delay, 1000);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(delays); i++)
		KUNIT_EXPECT_GE(test, shortest_ns(lis_os_delay_us, delays[i]), kernels * delays[i] / 1000 * 4 / 5);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(spin_lock_keeps_the_interrupt_state),
	KUNIT_CASE(locks_have_sixteen_ranks),
	KUNIT_CASE(spin_lock_excludes),
	KUNIT_CASE(mutex_excludes),
	KUNIT_CASE(event_set_before_the_wait),
	KUNIT_CASE(wait_times_out_and_not_early),
	KUNIT_CASE(set_wakes_a_waiter),
	KUNIT_CASE(set_from_an_interrupt_wakes_a_waiter),
	KUNIT_CASE(one_set_wakes_all_waiters),
	KUNIT_CASE(sleep_lasts_long_enough),
	KUNIT_CASE(delay_lasts_long_enough),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_os_sync",
	.test_cases = cases,
};
kunit_test_suite(suite);
