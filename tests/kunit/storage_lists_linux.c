// SPDX-License-Identifier: GPL-2.0-only
/* hv_storvsc: which pages the host is told of; buffers in the place of lists with gaps lose nothing. */
#include <linux/prandom.h>

#include "storage_kunit.h"

/*
 * Sends the list both ways, and once with a short answer: the host finds the bytes of the
 * list in the pages that it was told of, what it writes there arrives, nothing else changes.
 */
static void carries(struct kunit *test, const struct lis_kunit_piece *pieces, unsigned int count, bool by_buffer)
{
	unsigned int before = atomic_read(&lis_kunit_storage_of(test)->host->bounce.bounced), bytes, residual;
	u8 *sent = kvmalloc(LIS_KUNIT_LARGEST, GFP_KERNEL), *seen = kvmalloc(LIS_KUNIT_LARGEST, GFP_KERNEL);
	struct scsi_cmnd *command = lis_kunit_command(test, DMA_TO_DEVICE);

	KUNIT_ASSERT_TRUE(test, sent && seen);
	get_random_bytes(sent, LIS_KUNIT_LARGEST);
	lis_kunit_give_list(test, command, pieces, count);
	bytes = scsi_bufflen(command);
	KUNIT_ASSERT_LE(test, bytes, LIS_KUNIT_LARGEST);

	sg_copy_from_buffer(scsi_sglist(command), count, sent, bytes);
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.direction, STORVSC_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.data_bytes, bytes);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.data_offset, by_buffer ? 0 : pieces[0].offset % PAGE_SIZE);
	lis_kunit_move_as_host(seen, false);
	KUNIT_EXPECT_EQ(test, memcmp(seen, sent, bytes), 0);
	lis_kunit_answer(STORVSC_DONE, 0);
	sg_copy_to_buffer(scsi_sglist(command), count, seen, bytes);
	KUNIT_EXPECT_EQ(test, memcmp(seen, sent, bytes), 0);

	for (residual = 0; residual < bytes; residual += bytes / 3 + 1) {
		command->sc_data_direction = DMA_FROM_DEVICE;
		sg_zero_buffer(scsi_sglist(command), count, bytes, 0);
		KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
		KUNIT_EXPECT_EQ(test, lis_kunit_core.command.direction, STORVSC_FROM_DEVICE);
		lis_kunit_core.command.data_bytes -= residual;
		lis_kunit_move_as_host(sent, true);
		lis_kunit_answer(STORVSC_DONE, residual);
		KUNIT_EXPECT_EQ(test, scsi_get_resid(command), residual);
		sg_copy_to_buffer(scsi_sglist(command), count, seen, bytes);
		KUNIT_EXPECT_EQ(test, memcmp(seen, sent, bytes - residual), 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(seen + bytes - residual, 0, residual));
	}
	KUNIT_EXPECT_TRUE(test, lis_kunit_rest_is_untouched(command));
	if (by_buffer)
		KUNIT_EXPECT_GT(test, atomic_read(&lis_kunit_storage_of(test)->host->bounce.bounced), before);
	else
		KUNIT_EXPECT_EQ(test, atomic_read(&lis_kunit_storage_of(test)->host->bounce.bounced), before);
	lis_kunit_take_list(command);
	kvfree(sent);
	kvfree(seen);
}

static void lists_without_gaps_go_as_they_are(struct kunit *test)
{
	static const struct lis_kunit_piece inside[] = { { 512, 3000 } };
	static const struct lis_kunit_piece across[] = { { 4000, 200 } };
	static const struct lis_kunit_piece unaligned[] = { { 1536, 2560 }, { 0, 4096 }, { 0, 512 } };
	static const struct lis_kunit_piece large[] = { { 2 * 4096 + 512, 8 * 4096 - 512 }, { 4096, 3 * 4096 }, { 0, 1 } };

	carries(test, inside, ARRAY_SIZE(inside), false);
	carries(test, across, ARRAY_SIZE(across), false);
	carries(test, unaligned, ARRAY_SIZE(unaligned), false);
	carries(test, large, ARRAY_SIZE(large), false);
}

static void lists_with_gaps_go_through_a_buffer(struct kunit *test)
{
	static const struct lis_kunit_piece short_one[] = { { 0, 512 }, { 0, 4096 } };
	static const struct lis_kunit_piece late_one[] = { { 0, 4096 }, { 512, 3584 }, { 0, 4096 } };
	static const struct lis_kunit_piece blocks[] = { { 512, 512 }, { 3072, 1024 }, { 0, 512 }, { 100, 7 } };
	static const struct lis_kunit_piece large[] = { { 0, 5 * 4096 + 1 }, { 4095, 1 }, { 3, 4 * 4096 } };

	carries(test, short_one, ARRAY_SIZE(short_one), true);
	carries(test, late_one, ARRAY_SIZE(late_one), true);
	carries(test, blocks, ARRAY_SIZE(blocks), true);
	carries(test, large, ARRAY_SIZE(large), true);
}

/* So many entries that the list is a chain of arrays. */
static void a_mebibyte_of_single_pages(struct kunit *test)
{
	struct lis_kunit_piece *pieces = kunit_kcalloc(test, LIS_KUNIT_MOST_FRAMES, sizeof(*pieces), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pieces);
	for (i = 0; i < LIS_KUNIT_MOST_FRAMES - 1; i++)
		pieces[i].bytes = PAGE_SIZE;
	carries(test, pieces, LIS_KUNIT_MOST_FRAMES - 1, false);

	/* The same bytes, moved by three blocks: one page more. */
	pieces[0].offset = 1536;
	pieces[0].bytes -= 1536;
	pieces[LIS_KUNIT_MOST_FRAMES - 1].bytes = 1536;
	carries(test, pieces, LIS_KUNIT_MOST_FRAMES, false);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.frame_count, LIS_KUNIT_MOST_FRAMES);

	/* And with a gap in the middle. */
	pieces[100].bytes = 512;
	carries(test, pieces, LIS_KUNIT_MOST_FRAMES, true);
}

static void lists_of_any_shape(struct kunit *test)
{
	struct lis_kunit_piece pieces[20];
	struct rnd_state random;
	unsigned int round, i, count, gaps = 0;

	prandom_seed_state(&random, 5);
	for (round = 0; round < 300; round++) {
		bool gap = false;

		count = 1 + prandom_u32_state(&random) % ARRAY_SIZE(pieces);
		for (i = 0; i < count; i++) {
			u32 dice = prandom_u32_state(&random);

			pieces[i].offset = i && dice % 8 ? 0 : (dice >> 8) % (2 * PAGE_SIZE);
			pieces[i].bytes = 1 + (dice >> 16) % (4 * PAGE_SIZE);
			if (i + 1 < count && dice % 16)
				pieces[i].bytes = PAGE_SIZE * (1 + (dice >> 16) % 4) - pieces[i].offset % PAGE_SIZE;
			gap |= i && pieces[i].offset % PAGE_SIZE;
			gap |= i + 1 < count && (pieces[i].offset + pieces[i].bytes) % PAGE_SIZE;
		}
		carries(test, pieces, count, gap);
		gaps += gap;
	}
	KUNIT_EXPECT_GT(test, gaps, 50);
	KUNIT_EXPECT_LT(test, gaps, 250);
}

static void buffers_run_out_and_come_back(struct kunit *test)
{
	static const struct lis_kunit_piece gap[] = { { 512, 512 }, { 512, 512 } };
	struct storvsc_request *requests[STORAGE_BOUNCE_BUFFERS];
	struct bounce_pool *pool = &lis_kunit_storage_of(test)->host->bounce;
	struct scsi_cmnd *commands[STORAGE_BOUNCE_BUFFERS + 1];
	unsigned int i;

	for (i = 0; i <= STORAGE_BOUNCE_BUFFERS; i++) {
		commands[i] = lis_kunit_command(test, DMA_TO_DEVICE);
		lis_kunit_give_list(test, commands[i], gap, ARRAY_SIZE(gap));
	}
	for (i = 0; i < STORAGE_BOUNCE_BUFFERS; i++) {
		KUNIT_EXPECT_EQ(test, lis_kunit_queue(commands[i]), 0);
		requests[i] = lis_kunit_core.request;
	}
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(commands[i]), SCSI_MLQUEUE_HOST_BUSY);
	KUNIT_EXPECT_EQ(test, atomic_read(&pool->waits), 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.commits, 1);
	lis_kunit_core.request = requests[2];
	lis_kunit_answer(STORVSC_DONE, 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(commands[i]), 0);
	requests[2] = lis_kunit_core.request;
	KUNIT_EXPECT_EQ(test, pool->idle_count, 0);
	for (i = 0; i < STORAGE_BOUNCE_BUFFERS; i++) {
		lis_kunit_core.request = requests[i];
		lis_kunit_answer(STORVSC_REQUEUE, 0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&pool->bounced), STORAGE_BOUNCE_BUFFERS + 1);

	/* What the core does not take gives its buffer back at once. */
	lis_kunit_core.queue_result = -EAGAIN;
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(commands[0]), SCSI_MLQUEUE_HOST_BUSY);
	KUNIT_EXPECT_EQ(test, pool->idle_count, STORAGE_BOUNCE_BUFFERS);
	for (i = 0; i <= STORAGE_BOUNCE_BUFFERS; i++)
		lis_kunit_take_list(commands[i]);
}

static void a_list_that_no_buffer_holds_is_an_error(struct kunit *test)
{
	static const struct lis_kunit_piece large[] = { { 0, 512 * 1024 + 1 }, { 0, 512 * 1024 } };
	struct scsi_cmnd *command = lis_kunit_command(test, DMA_TO_DEVICE);

	lis_kunit_give_list(test, command, large, ARRAY_SIZE(large));
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
	KUNIT_EXPECT_EQ(test, host_byte(command->result), DID_ERROR);
	KUNIT_EXPECT_NULL(test, lis_kunit_core.request);
	lis_kunit_take_list(command);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(lists_without_gaps_go_as_they_are),
	KUNIT_CASE(lists_with_gaps_go_through_a_buffer),
	KUNIT_CASE(a_mebibyte_of_single_pages),
	KUNIT_CASE_SLOW(lists_of_any_shape),
	KUNIT_CASE(buffers_run_out_and_come_back),
	KUNIT_CASE(a_list_that_no_buffer_holds_is_an_error),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_storage_lists",
	.init = lis_kunit_storage_enter,
	.exit = lis_kunit_storage_leave,
	.test_cases = cases,
};
kunit_test_suite(suite);
