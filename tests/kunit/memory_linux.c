// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: small memory, pages and their mappings. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "lis_kunit.h"

static void alloc_is_zeroed(struct kunit *test)
{
	static const uint32_t sizes[] = { 1, 7, 8, 63, 64, 65, 192, 1024, 4095, 4096, 4097, 32768 };
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* The second time it is likely to be the memory that was dirtied. */
		for (round = 0; round < 3; round++) {
			unsigned char *memory = lis_os_alloc(sizes[i]);

			KUNIT_ASSERT_NOT_NULL(test, memory);
			KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, sizes[i]));
			memset(memory, 0xa5, sizes[i]);
			lis_os_free(memory);
		}
	}
}

static void everything_takes_null(struct kunit *test)
{
	lis_os_free(NULL);
	lis_os_pages_free(NULL);
	lis_os_pages_abandon(NULL);
	lis_os_unmap(NULL);
	lis_os_spinlock_destroy(NULL);
	lis_os_mutex_destroy(NULL);
	lis_os_event_destroy(NULL);
	lis_os_queue_destroy(NULL);
	lis_os_work_destroy(NULL);
	lis_os_softirq_destroy(NULL);
}

static void pages_are_single_zeroed_and_distinct(struct kunit *test)
{
	static const uint32_t counts[] = { 1, 2, 33, 600 };
	unsigned int n;
	uint32_t i;

	for (n = 0; n < ARRAY_SIZE(counts); n++) {
		struct lis_os_pages *pages = lis_os_pages_alloc(counts[n]);

		KUNIT_ASSERT_NOT_NULL(test, pages);
		KUNIT_EXPECT_EQ(test, lis_os_pages_count(pages), counts[n]);
		for (i = 0; i < counts[n]; i++) {
			unsigned char *address = lis_os_pages_address(pages, i);

			KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(address));
			KUNIT_EXPECT_EQ(test, lis_os_pages_frame(pages, i), (uint64_t)virt_to_phys(address) >> 12);
			KUNIT_EXPECT_EQ(test, compound_order(virt_to_head_page(address)), 0);
			/* A page that came twice would not be zero any more. */
			KUNIT_EXPECT_NULL(test, memchr_inv(address, 0, 4096));
			memset(address, 0x5a, 4096);
		}
		lis_os_pages_free(pages);
	}
}

static void pages_have_limits(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, lis_os_pages_alloc(0));
	KUNIT_EXPECT_NULL(test, lis_os_pages_alloc(65537));
	KUNIT_EXPECT_NULL(test, lis_os_pages_alloc(~0u));
}

static void abandoned_pages_stay_allocated(struct kunit *test)
{
	struct lis_os_pages *pages = lis_os_pages_alloc(3);
	struct page *page[3];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < 3; i++) {
		page[i] = virt_to_page(lis_os_pages_address(pages, i));
		memset(lis_os_pages_address(pages, i), 0x77, 4096);
	}
	lis_os_pages_abandon(pages);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, page_count(page[i]), 1);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page[i]), 0x77, 4096));
		__free_page(page[i]);
	}
}

static void map_shows_the_pages_in_a_row(struct kunit *test)
{
	struct lis_os_pages *pages = lis_os_pages_alloc(8);
	unsigned char *map;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	map = lis_os_pages_map(pages, 2, 5);
	KUNIT_ASSERT_NOT_NULL(test, map);
	for (i = 0; i < 5 * 4096; i++)
		map[i] = i / 4096 + i;
	for (i = 0; i < 5 * 4096; i++) {
		const unsigned char *page = lis_os_pages_address(pages, 2 + i / 4096);

		if (page[i % 4096] != (unsigned char)(i / 4096 + i))
			break;
	}
	KUNIT_EXPECT_EQ(test, i, 5 * 4096);
	KUNIT_EXPECT_NULL(test, memchr_inv(lis_os_pages_address(pages, 1), 0, 4096));
	KUNIT_EXPECT_NULL(test, memchr_inv(lis_os_pages_address(pages, 7), 0, 4096));
	lis_os_unmap(map);
	lis_os_pages_free(pages);
}

static void map_ring_repeats_the_data(struct kunit *test)
{
	enum { DATA_PAGES = 4, DATA = DATA_PAGES * 4096 };
	struct lis_os_pages *pages = lis_os_pages_alloc(2 + DATA_PAGES);
	unsigned char *control, *data;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	control = lis_os_pages_map_ring(pages, 1, 1 + DATA_PAGES);
	KUNIT_ASSERT_NOT_NULL(test, control);
	data = control + 4096;

	control[0] = 0xc1;
	KUNIT_EXPECT_EQ(test, *(unsigned char *)lis_os_pages_address(pages, 1), 0xc1);
	KUNIT_EXPECT_EQ(test, data[0], 0);

	for (i = 0; i < DATA; i++)
		data[i] = i * 31 + i / 4096;
	KUNIT_EXPECT_EQ(test, memcmp(data, data + DATA, DATA), 0);
	for (i = 0; i < DATA_PAGES; i++)
		KUNIT_EXPECT_EQ(test, memcmp(lis_os_pages_address(pages, 2 + i), data + i * 4096, 4096), 0);

	/* What is written across the end lies at the beginning. */
	memset(data + DATA - 100, 0xee, 300);
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 0xee, 200));
	KUNIT_EXPECT_NULL(test, memchr_inv(data + DATA - 100, 0xee, 100));
	KUNIT_EXPECT_NE(test, data[200], 0xee);
	memset(data + 2 * DATA - 8, 0xdd, 8);
	KUNIT_EXPECT_NULL(test, memchr_inv(data + DATA - 8, 0xdd, 8));

	KUNIT_EXPECT_NULL(test, memchr_inv(lis_os_pages_address(pages, 0), 0, 4096));
	lis_os_unmap(control);
	lis_os_pages_free(pages);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(alloc_is_zeroed),
	KUNIT_CASE(everything_takes_null),
	KUNIT_CASE(pages_are_single_zeroed_and_distinct),
	KUNIT_CASE(pages_have_limits),
	KUNIT_CASE(abandoned_pages_stay_allocated),
	KUNIT_CASE(map_shows_the_pages_in_a_row),
	KUNIT_CASE(map_ring_repeats_the_data),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_os_memory",
	.test_cases = cases,
};
kunit_test_suite(suite);
