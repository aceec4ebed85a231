// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first allocation of a call fails, then the second, and so on until none is left to fail:
 * each time the call reports it, or did without that one, and leaves nothing behind. The kernel
 * warns of some failed allocations with a call trace; by this suite's name the runner knows that.
 */
#include <linux/mm.h>

#include "bus_kunit.h"

struct attempt {
	int32_t (*call)(struct attempt *attempt); /* 0, or an error */
	void (*undo)(struct attempt *attempt);	  /* after a success */
	const struct lis_kunit_ledger *ledger;	  /* NULL: the call has nothing to do with it */
	struct lis_vmbus_channel *channel;
	struct lis_os_pages *pages;
	struct lis_vmbus_gpadl *gpadl;
	void *map;
};

/* Returns how often the call has failed for want of memory. */
static unsigned int fail_each(struct kunit *test, struct attempt *attempt)
{
	unsigned int nth, refusals = 0;
	bool failed = true;
	int32_t result = 0;

	for (nth = 1; failed && nth < 2000; nth++) {
		lis_kunit_fail_allocation(nth);
		result = attempt->call(attempt);
		failed = lis_kunit_allocation_failed();
		if (result) {
			refusals++;
			KUNIT_EXPECT_EQ_MSG(test, result, -LIS_ENOMEM, "allocation %u", nth);
			KUNIT_EXPECT_TRUE_MSG(test, failed, "no allocation has failed");
		} else {
			attempt->undo(attempt);
		}
		if (attempt->ledger)
			lis_kunit_ledger_expect_balanced(test, attempt->ledger);
	}
	KUNIT_EXPECT_FALSE_MSG(test, failed, "more than 2000 allocations");
	KUNIT_EXPECT_EQ(test, result, 0);
	kunit_info(test, "%u allocations, %u of them needed\n", nth - 2, refusals);
	return refusals;
}

static int32_t pages_call(struct attempt *attempt)
{
	attempt->pages = lis_os_pages_alloc(300);
	return attempt->pages ? 0 : -LIS_ENOMEM;
}

static void pages_undo(struct attempt *attempt)
{
	lis_os_pages_free(attempt->pages);
}

static void pages_fail_cleanly(struct kunit *test)
{
	struct attempt attempt = { .call = pages_call, .undo = pages_undo };
	unsigned long before, after;

	lis_kunit_require_injection(test);
	before = si_mem_available();
	/* Each page at the least. */
	KUNIT_EXPECT_GE(test, fail_each(test, &attempt), 300);
	after = si_mem_available();
	/* Leaking what was there at each failure would be 45,000 pages. */
	KUNIT_EXPECT_LT(test, before - min(before, after), 4096);
}

static int32_t map_call(struct attempt *attempt)
{
	attempt->map = lis_os_pages_map_ring(attempt->pages, 0, 9);
	return attempt->map ? 0 : -LIS_ENOMEM;
}

static void map_undo(struct attempt *attempt)
{
	lis_os_unmap(attempt->map);
}

static void mappings_fail_cleanly(struct kunit *test)
{
	struct attempt attempt = { .call = map_call, .undo = map_undo, .pages = lis_os_pages_alloc(9) };

	KUNIT_ASSERT_NOT_NULL(test, attempt.pages);
	lis_kunit_require_injection(test);
	KUNIT_EXPECT_GE(test, fail_each(test, &attempt), 1);
	lis_os_pages_free(attempt.pages);
}

static int32_t open_call(struct attempt *attempt)
{
	struct lis_vmbus_open options = lis_kunit_open_options();

	return lis_vmbus_channel_open(attempt->channel, &options);
}

static void open_undo(struct attempt *attempt)
{
	lis_vmbus_channel_close(attempt->channel);
}

static void open_fails_cleanly(struct kunit *test)
{
	struct attempt attempt = { .call = open_call, .undo = open_undo, .channel = lis_kunit_driver_enter(test) };
	struct lis_kunit_ledger ledger;

	lis_kunit_require_injection(test);
	lis_kunit_ledger_read(test, &ledger);
	attempt.ledger = &ledger;
	/* The pages of both rings at the least. */
	KUNIT_EXPECT_GE(test, fail_each(test, &attempt), 8);
	lis_kunit_driver_leave(test);
}

static int32_t gpadl_call(struct attempt *attempt)
{
	return lis_vmbus_gpadl_create(attempt->channel, 60, &attempt->gpadl);
}

static void gpadl_undo(struct attempt *attempt)
{
	lis_vmbus_gpadl_release(attempt->gpadl);
}

static void gpadl_fails_cleanly(struct kunit *test)
{
	struct attempt attempt = { .call = gpadl_call, .undo = gpadl_undo, .channel = lis_kunit_driver_enter(test) };
	struct lis_kunit_ledger ledger;

	lis_kunit_require_injection(test);
	lis_kunit_ledger_read(test, &ledger);
	attempt.ledger = &ledger;
	KUNIT_EXPECT_GE(test, fail_each(test, &attempt), 60);
	lis_kunit_driver_leave(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_fail_cleanly),
	KUNIT_CASE_SLOW(mappings_fail_cleanly),
	KUNIT_CASE_SLOW(open_fails_cleanly),
	KUNIT_CASE(gpadl_fails_cleanly),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_failing_allocations",
	.test_cases = cases,
};
kunit_test_suite(suite);
