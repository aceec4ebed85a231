// SPDX-License-Identifier: GPL-2.0-only
/* hv_storvsc: what the core is told of a command, and the SCSI layer of its end. */
#include "storage_kunit.h"

static void the_core_gets_the_command(struct kunit *test)
{
	struct scsi_cmnd *command = lis_kunit_command(test, DMA_NONE);

	lis_kunit_storage_of(test)->unit.tagged_supported = 1;
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
	KUNIT_EXPECT_PTR_EQ(test, lis_kunit_core.command.cdb, (const uint8_t *)command->cmnd);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.cdb_bytes, 10);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.address, 0x030201);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.tagged, 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.direction, STORVSC_NO_DATA);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.command.data_bytes, 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.more, 0);
	command->flags = 0;
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.more, 1);
	lis_kunit_storage_of(test)->scsi->shost_state = SHOST_RECOVERY;
	KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_core.more, 0);
	lis_kunit_storage_of(test)->scsi->shost_state = SHOST_CREATED;
}

static void what_the_core_does_not_take(struct kunit *test)
{
	static const struct {
		int32_t error;
		int returned;
		int result;
	} rows[] = {
		{ -EAGAIN, SCSI_MLQUEUE_HOST_BUSY, 0 },
		{ -ENODEV, 0, DID_NO_CONNECT << 16 },
		{ -EINVAL, 0, DID_ERROR << 16 },
		{ -EOPNOTSUPP, 0, SAM_STAT_CHECK_CONDITION },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scsi_cmnd *command = lis_kunit_command(test, DMA_NONE);

		lis_kunit_core.queue_result = rows[i].error;
		KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), rows[i].returned);
		KUNIT_EXPECT_EQ(test, command->result, rows[i].result);
		KUNIT_EXPECT_EQ(test, lis_kunit_core.commits, i + 1);
		if (rows[i].error == -EOPNOTSUPP) {
			struct scsi_sense_hdr sense;

			KUNIT_EXPECT_TRUE(test, scsi_normalize_sense(command->sense_buffer, SCSI_SENSE_BUFFERSIZE, &sense));
			KUNIT_EXPECT_EQ(test, sense.sense_key, ILLEGAL_REQUEST);
			KUNIT_EXPECT_EQ(test, sense.asc, 0x20);
		}
	}
}

static void every_verdict_has_its_result(struct kunit *test)
{
	static const struct {
		u32 outcome;
		u8 status;
		u32 action;
		int result;
	} rows[] = {
		{ STORVSC_DONE, SAM_STAT_GOOD, STORVSC_NO_ACTION, DID_OK << 16 },
		{ STORVSC_DONE, SAM_STAT_CHECK_CONDITION, STORVSC_NO_ACTION, DID_OK << 16 | SAM_STAT_CHECK_CONDITION },
		{ STORVSC_DONE, SAM_STAT_BUSY, STORVSC_NO_ACTION, DID_OK << 16 | SAM_STAT_BUSY },
		{ STORVSC_DONE, SAM_STAT_TASK_SET_FULL, STORVSC_NO_ACTION, DID_OK << 16 | SAM_STAT_TASK_SET_FULL },
		{ STORVSC_FAILED, SAM_STAT_GOOD, STORVSC_NO_ACTION, DID_ERROR << 16 },
		{ STORVSC_PASSED, SAM_STAT_GOOD, STORVSC_NO_ACTION, DID_PASSTHROUGH << 16 },
		{ STORVSC_BUSY, SAM_STAT_GOOD, STORVSC_NO_ACTION, DID_BUS_BUSY << 16 },
		{ STORVSC_REQUEUE, SAM_STAT_CHECK_CONDITION, STORVSC_RESCAN_UNIT, DID_REQUEUE << 16 | SAM_STAT_CHECK_CONDITION },
		{ STORVSC_NO_CONNECT, SAM_STAT_GOOD, STORVSC_REMOVE_UNIT, DID_NO_CONNECT << 16 },
	};
	static const struct lis_kunit_piece piece[] = { { 0, 4096 } };
	u8 sense[STORVSC_SENSE_LIMIT];
	unsigned int i;

	for (i = 0; i < sizeof(sense); i++)
		sense[i] = 0x70 + i;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scsi_cmnd *command = lis_kunit_command(test, DMA_FROM_DEVICE);
		struct storvsc_verdict verdict = {
			.outcome = rows[i].outcome,
			.action = rows[i].action,
			.scsi_status = rows[i].status,
			.residual = 4096 - i,
			.sense = sense,
			.sense_bytes = i ? STORVSC_SENSE_LIMIT - i : 0,
		};

		lis_kunit_give_list(test, command, piece, 1);
		lis_kunit_core.notes = 0;
		KUNIT_EXPECT_EQ(test, lis_kunit_queue(command), 0);
		storvsc_shim_complete(lis_kunit_core.request, &verdict);
		KUNIT_EXPECT_EQ(test, command->result, rows[i].result);
		KUNIT_EXPECT_EQ(test, scsi_get_resid(command), 4096 - i);
		KUNIT_EXPECT_EQ(test, memcmp(command->sense_buffer, sense, verdict.sense_bytes), 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(command->sense_buffer + verdict.sense_bytes, LIS_KUNIT_UNTOUCHED,
						   SCSI_SENSE_BUFFERSIZE - verdict.sense_bytes));
		KUNIT_EXPECT_EQ(test, lis_kunit_core.notes, rows[i].action == STORVSC_NO_ACTION ? 0 : 1);
		if (lis_kunit_core.notes)
			KUNIT_EXPECT_EQ(test, lis_kunit_core.noted, rows[i].action);
		lis_kunit_take_list(command);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_core_gets_the_command),
	KUNIT_CASE(what_the_core_does_not_take),
	KUNIT_CASE(every_verdict_has_its_result),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_storage_results",
	.init = lis_kunit_storage_enter,
	.exit = lis_kunit_storage_leave,
	.test_cases = cases,
};
kunit_test_suite(suite);
