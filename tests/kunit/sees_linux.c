// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can this kernel see? Each mistake here must be reported. This suite is the last one: whatever
 * still reports now was on guard during all the others. (A report turns lockdep off for good.)
 * By its name the runner knows that reports are wanted here, and nowhere else.
 */
#include <linux/cpumask.h>
#include <linux/debug_locks.h>

#include "lis_kunit.h"

static void lockdep_was_on(struct kunit *test)
{
	KUNIT_EXPECT_EQ_MSG(test, debug_locks, 1, "an earlier report has turned lockdep off");
}

static void sees_sleep_in_atomic_context(struct kunit *test)
{
	struct lis_os_mutex *mutex = lis_os_mutex_create(13);
	struct lis_kunit_log log;

	KUNIT_ASSERT_NOT_NULL(test, mutex);
	lis_kunit_log_mark(&log);
	lis_os_cpu_pin();
	lis_os_mutex_lock(mutex);
	lis_os_mutex_unlock(mutex);
	lis_os_cpu_unpin();
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "BUG: sleeping function called from invalid context"), 1);
	lis_os_mutex_destroy(mutex);
}

static void take_both(struct lis_os_spinlock *outer, struct lis_os_spinlock *inner)
{
	unsigned long outer_state = lis_os_spin_lock(outer);
	unsigned long inner_state = lis_os_spin_lock(inner);

	lis_os_spin_unlock(inner, inner_state);
	lis_os_spin_unlock(outer, outer_state);
}

/* Not even the same locks: lockdep must know them by their ranks. */
static void sees_locks_taken_against_their_ranks(struct kunit *test)
{
	struct lis_os_spinlock *low[2] = { lis_os_spinlock_create(14), lis_os_spinlock_create(14) };
	struct lis_os_spinlock *high[2] = { lis_os_spinlock_create(15), lis_os_spinlock_create(15) };
	struct lis_kunit_log log;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_NOT_NULL(test, low[i]);
		KUNIT_ASSERT_NOT_NULL(test, high[i]);
	}
	lis_kunit_log_mark(&log);
	take_both(low[0], high[0]);
	KUNIT_EXPECT_EQ(test, debug_locks, 1);
	take_both(high[1], low[1]);
	KUNIT_EXPECT_EQ(test, debug_locks, 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "possible circular locking dependency detected"), 1);
	KUNIT_EXPECT_GE(test, lis_kunit_log_count(&log, "lis_rank_14"), 1);
	for (i = 0; i < 2; i++) {
		lis_os_spinlock_destroy(low[i]);
		lis_os_spinlock_destroy(high[i]);
	}
}

struct planted {
	unsigned char *memory;
	uint32_t index;
};

static int read_in_core(void *context)
{
	struct planted *planted = context;

	return lis_kunit_planted_read(planted->memory, planted->index);
}

static int write_in_core(void *context)
{
	struct planted *planted = context;

	lis_kunit_planted_write(planted->memory, planted->index, 1);
	return 0;
}

/* In a thread of its own: KASAN fails the test in whose thread it finds something. */
static void make_mistake(struct kunit *test, int (*mistake)(void *context), unsigned char *memory, uint32_t index)
{
	struct planted planted = { memory, index };
	struct lis_kunit_thread thread;

	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), mistake, &planted);
	lis_kunit_thread_join(&thread);
}

static void sees_read_out_of_bounds_in_a_core(struct kunit *test)
{
	unsigned char *memory = lis_os_alloc(24);
	struct lis_kunit_log log;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	lis_kunit_log_mark(&log);
	make_mistake(test, read_in_core, memory, 23);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "BUG: KASAN:"), 0);
	make_mistake(test, read_in_core, memory, 24);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "BUG: KASAN: slab-out-of-bounds in lis_kunit_planted_read"), 1);
	lis_os_free(memory);
}

static void sees_write_after_free_in_a_core(struct kunit *test)
{
	unsigned char *memory = lis_os_alloc(24);
	struct lis_kunit_log log;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	lis_os_free(memory);
	lis_kunit_log_mark(&log);
	make_mistake(test, write_in_core, memory, 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "BUG: KASAN: slab-use-after-free in lis_kunit_planted_write"), 1);
}

/* At once, and the page that was freed first: the allocator takes the last one again first. */
static int read_freed_page(void *context)
{
	struct lis_os_pages *pages = context;
	const unsigned char *address = lis_os_pages_address(pages, 0);

	lis_os_pages_free(pages);
	return lis_kunit_planted_read(address, 0);
}

static void sees_read_of_a_freed_page_in_a_core(struct kunit *test)
{
	struct lis_os_pages *pages = lis_os_pages_alloc(16);
	struct lis_kunit_thread thread;
	struct lis_kunit_log log;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	lis_kunit_log_mark(&log);
	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), read_freed_page, pages);
	lis_kunit_thread_join(&thread);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, "BUG: KASAN: use-after-free in lis_kunit_planted_read"), 1);
}

/* kmemleak looks when the suites are over; tests/rig/guest/kunit wants to find this, and nothing else. */
noinline void lis_kunit_planted_leak(struct kunit *test);
noinline void lis_kunit_planted_leak(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, lis_os_alloc(1000));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(lockdep_was_on),
	KUNIT_CASE(sees_sleep_in_atomic_context),
	KUNIT_CASE(sees_locks_taken_against_their_ranks),
	KUNIT_CASE(sees_read_out_of_bounds_in_a_core),
	KUNIT_CASE(sees_write_after_free_in_a_core),
	KUNIT_CASE(sees_read_of_a_freed_page_in_a_core),
	KUNIT_CASE(lis_kunit_planted_leak),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_sees_planted",
	.test_cases = cases,
};
kunit_test_suite(suite);
