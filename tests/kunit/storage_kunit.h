/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_storvsc's shim between real lists of pages and a core that is not there. The shim is
 * part of storage_support_linux.c: its functions are no other module's to call.
 */
#ifndef STORAGE_KUNIT_H
#define STORAGE_KUNIT_H

#include "../../storvsc/storvsc_linux.h"
#include "lis_kunit.h"

#define LIS_KUNIT_LARGEST (1024 * 1024)
#define LIS_KUNIT_MOST_FRAMES (LIS_KUNIT_LARGEST / PAGE_SIZE + 1)
#define LIS_KUNIT_UNTOUCHED 0xcc

/* What stands in for the core: what storvsc_queue() returns, and what it has seen. */
struct lis_kunit_storage_core {
	int32_t queue_result;
	unsigned int commits;
	unsigned int notes;
	u32 noted;
	/* Of the last command. */
	struct storvsc_command command;
	struct storvsc_request *request;
	uint32_t more;
	uint64_t frames[LIS_KUNIT_MOST_FRAMES];
	unsigned int frame_count;
};
extern struct lis_kunit_storage_core lis_kunit_core;

/* The host's side of the last command's transfer: between bytes and the pages that it was told of. */
void lis_kunit_move_as_host(u8 *bytes, bool to_guest);

struct lis_kunit_storage {
	struct Scsi_Host *scsi;
	struct storage_host *host;
	struct scsi_device unit; /* 1:2:3 */
};

/* Of a suite: a host with its buffers, which are all back at the end. */
int lis_kunit_storage_enter(struct kunit *test);
void lis_kunit_storage_leave(struct kunit *test);

static inline struct lis_kunit_storage *lis_kunit_storage_of(struct kunit *test)
{
	return test->priv;
}

/* A command whose end nobody waits for: scsi_done() leaves it alone. */
struct scsi_cmnd *lis_kunit_command(struct kunit *test, enum dma_data_direction direction);
int lis_kunit_queue(struct scsi_cmnd *command);
/* Of the last command, without sense data. */
void lis_kunit_answer(u32 outcome, u32 residual);

/* One entry of a list: bytes of a block of pages. */
struct lis_kunit_piece {
	unsigned int offset;
	unsigned int bytes;
};

/* Its pages are UNTOUCHED all over. */
void lis_kunit_give_list(struct kunit *test, struct scsi_cmnd *command, const struct lis_kunit_piece *pieces,
			 unsigned int count);
void lis_kunit_take_list(struct scsi_cmnd *command);
/* Whether each byte of its pages that is not in the list is UNTOUCHED. */
bool lis_kunit_rest_is_untouched(struct scsi_cmnd *command);

#endif
