// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the kernel with KCSAN: can it see races in a core, and does it know what the cores order by? By
 * its name the runner knows that reports are wanted in the first suite, and nowhere else.
 */
#include <linux/cpumask.h>

#include "lis_kunit.h"

#define TIMES	 20000u
#define ATTEMPTS 20u
/* Two threads in turns take seconds here for what one does in no time. */
#define TURNS	 5000u

struct race {
	uint32_t word;
	uint64_t counter;
	struct lis_kunit_handover handover;
	enum lis_kunit_order order;
	uint32_t size;
	uint64_t shared[64];
};

static int count_plain(void *context)
{
	lis_kunit_race_plain(&((struct race *)context)->word, TIMES);
	return 0;
}

static int count_atomic(void *context)
{
	lis_kunit_race_atomic(&((struct race *)context)->word, TIMES);
	return 0;
}

static int count_statistic(void *context)
{
	lis_kunit_race_statistic(&((struct race *)context)->counter, TIMES);
	return 0;
}

static int give(void *context)
{
	struct race *race = context;

	lis_kunit_race_give(&race->handover, TURNS, race->order);
	return 0;
}

static int take(void *context)
{
	struct race *race = context;

	lis_kunit_race_take(&race->handover, TURNS, race->order);
	return 0;
}

static int copy_out(void *context)
{
	struct race *race = context;

	lis_kunit_race_copy_out(race->shared, race->size, TIMES);
	return 0;
}

static int copy_in(void *context)
{
	struct race *race = context;

	lis_kunit_race_copy_in(race->shared, race->size, TIMES);
	return 0;
}

/* Lets both run against each other, until the kernel has reported a race with `name` in it or all attempts were made. */
static unsigned int reports_of(struct kunit *test, int (*one)(void *context), int (*other)(void *context),
			       const struct race *how, const char *name)
{
	struct lis_kunit_thread threads[2];
	struct lis_kunit_log log;
	unsigned int attempt, reports = 0;
	char title[80];

	snprintf(title, sizeof(title), "BUG: KCSAN: data-race in %s", name);
	lis_kunit_log_mark(&log);
	for (attempt = 0; attempt < ATTEMPTS && !reports; attempt++) {
		static struct race race; /* tests run one at a time */

		race = *how;
		lis_kunit_thread_start(test, &threads[0], cpumask_first(cpu_online_mask), one, &race);
		lis_kunit_thread_start(test, &threads[1], cpumask_last(cpu_online_mask), other, &race);
		lis_kunit_thread_join(&threads[0]);
		lis_kunit_thread_join(&threads[1]);
		reports = lis_kunit_log_count(&log, title);
	}
	kunit_info(test, "%u reports in %u attempts\n", reports, attempt);
	return reports;
}

static void sees_a_plain_counter(struct kunit *test)
{
	const struct race how = {};

	KUNIT_EXPECT_GE(test, reports_of(test, count_plain, count_plain, &how, "lis_kunit_race_plain"), 1);
}

static void sees_a_missing_barrier(struct kunit *test)
{
	const struct race how = { .order = LIS_KUNIT_ORDER_NONE };

	KUNIT_EXPECT_GE(test, reports_of(test, give, take, &how, "lis_kunit_race_"), 1);
}

/* Copied word by word, and by memcpy. */
static void sees_short_runs(struct kunit *test)
{
	const struct race how = { .size = 64 };

	KUNIT_EXPECT_GE(test, reports_of(test, copy_out, copy_in, &how, "lis_kunit_race_copy"), 1);
}

static void sees_long_runs(struct kunit *test)
{
	const struct race how = { .size = 512 };

	KUNIT_EXPECT_GE(test, reports_of(test, copy_out, copy_in, &how, "lis_kunit_race_copy"), 1);
}

static struct kunit_case planted_cases[] = {
	KUNIT_CASE_SLOW(sees_a_plain_counter),
	KUNIT_CASE_SLOW(sees_a_missing_barrier),
	KUNIT_CASE_SLOW(sees_short_runs),
	KUNIT_CASE_SLOW(sees_long_runs),
	{}
};

static struct kunit_suite planted = {
	.name = "lis_race_planted",
	.test_cases = planted_cases,
};

static void atomic_access_is_no_race(struct kunit *test)
{
	const struct race how = {};

	KUNIT_EXPECT_EQ(test, reports_of(test, count_atomic, count_atomic, &how, "lis_kunit_race_atomic"), 0);
}

static void statistic_is_no_race(struct kunit *test)
{
	const struct race how = {};

	KUNIT_EXPECT_EQ(test, reports_of(test, count_statistic, count_statistic, &how, "lis_kunit_race_statistic"), 0);
}

static void release_orders(struct kunit *test)
{
	const struct race how = { .order = LIS_KUNIT_ORDER_RELEASE };

	KUNIT_EXPECT_EQ(test, reports_of(test, give, take, &how, "lis_kunit_race_"), 0);
}

static void full_barrier_orders(struct kunit *test)
{
	const struct race how = { .order = LIS_KUNIT_ORDER_BARRIER };

	KUNIT_EXPECT_EQ(test, reports_of(test, give, take, &how, "lis_kunit_race_"), 0);
}

static struct kunit_case innocent_cases[] = {
	KUNIT_CASE_SLOW(atomic_access_is_no_race),
	KUNIT_CASE_SLOW(statistic_is_no_race),
	KUNIT_CASE_SLOW(release_orders),
	KUNIT_CASE_SLOW(full_barrier_orders),
	{}
};

static struct kunit_suite innocent = {
	.name = "lis_race_none",
	.test_cases = innocent_cases,
};

kunit_test_suites(&planted, &innocent);
