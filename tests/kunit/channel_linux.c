// SPDX-License-Identifier: GPL-2.0-only
/* Channels and GPADLs on a real host: opened, closed, shared and taken back. */
#include <linux/string.h>

#include "bus_kunit.h"

static void opens_and_closes_often(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_vmbus_open options = lis_kunit_open_options();
	struct lis_kunit_ledger before;
	unsigned int i;

	lis_kunit_ledger_read(test, &before);
	for (i = 0; i < 30; i++) {
		KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), 0);
		KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), -LIS_EBUSY);
		lis_vmbus_channel_close(channel);
		lis_vmbus_channel_close(channel);
		lis_kunit_ledger_expect_balanced(test, &before);
	}
	lis_kunit_driver_leave(test);
}

static void remove_closes_what_is_open(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_vmbus_open options = lis_kunit_open_options();
	struct lis_kunit_ledger before;

	lis_kunit_ledger_read(test, &before);
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), 0);
	lis_kunit_driver_leave(test);
	lis_kunit_ledger_expect_balanced(test, &before);
}

static void wrong_options_are_refused(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_vmbus_open options = lis_kunit_open_options();
	struct lis_kunit_ledger before;

	lis_kunit_ledger_read(test, &before);
	options.send_pages = 1;
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), -LIS_EINVAL);
	options = lis_kunit_open_options();
	options.size -= 8;
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), -LIS_EINVAL);
	options = lis_kunit_open_options();
	options.user_data_size = 121;
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), -LIS_EINVAL);
	lis_kunit_ledger_expect_balanced(test, &before);
	lis_kunit_driver_leave(test);
}

static void rings_are_mapped_while_open(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_vmbus_open options = lis_kunit_open_options();
	const struct lis_vmbus_ring *ring[2];
	unsigned int i;

	options.send_pages = 3;
	options.receive_pages = 5;
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), 0);
	ring[0] = lis_vmbus_channel_send_ring(channel);
	ring[1] = lis_vmbus_channel_receive_ring(channel);
	KUNIT_EXPECT_EQ(test, ring[0]->data_bytes, 2 * 4096);
	KUNIT_EXPECT_EQ(test, ring[1]->data_bytes, 4 * 4096);
	for (i = 0; i < 2; i++) {
		unsigned char *data = ring[i]->data;

		KUNIT_EXPECT_NOT_NULL(test, ring[i]->counters);
		/* Nothing was sent yet, so both halves are ours to write. */
		data[100] = 0x42;
		KUNIT_EXPECT_EQ(test, data[ring[i]->data_bytes + 100], 0x42);
	}
	lis_vmbus_channel_close(channel);
	lis_kunit_driver_leave(test);
}

/* Sizes around the ends of the messages that describe a GPADL, and a large one. */
static void gpadls_of_many_sizes(struct kunit *test)
{
	static const uint32_t sizes[] = { 1, 25, 26, 27, 53, 54, 55, 1000, 3000 };
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_kunit_ledger before, shared;
	struct lis_vmbus_gpadl *gpadl = NULL;
	unsigned int i;

	lis_kunit_ledger_read(test, &before);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		int32_t result = lis_vmbus_gpadl_create(channel, sizes[i], &gpadl);

		KUNIT_EXPECT_EQ_MSG(test, result, 0, "%u pages", sizes[i]);
		if (result)
			continue;
		KUNIT_EXPECT_NE(test, lis_vmbus_gpadl_handle(gpadl), 0);
		KUNIT_EXPECT_EQ(test, lis_os_pages_count(lis_vmbus_gpadl_pages(gpadl)), sizes[i]);
		lis_kunit_ledger_read(test, &shared);
		KUNIT_EXPECT_EQ(test, shared.shared, before.shared + sizes[i]);
		lis_vmbus_gpadl_release(gpadl);
		lis_kunit_ledger_expect_balanced(test, &before);
	}
	KUNIT_EXPECT_EQ(test, lis_vmbus_gpadl_create(channel, 8191, &gpadl), -LIS_EMSGSIZE);
	lis_kunit_ledger_expect_balanced(test, &before);
	lis_kunit_driver_leave(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(opens_and_closes_often),
	KUNIT_CASE(remove_closes_what_is_open),
	KUNIT_CASE(wrong_options_are_refused),
	KUNIT_CASE(rings_are_mapped_while_open),
	KUNIT_CASE_SLOW(gpadls_of_many_sizes),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_bus_channel",
	.test_cases = cases,
};
kunit_test_suite(suite);
