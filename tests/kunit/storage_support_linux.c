// SPDX-License-Identifier: GPL-2.0-only
#include "storage_kunit.h"

#include "../../storvsc/bounce_linux.c"
#include "../../storvsc/commands_linux.c"

int storvsc_logging_level;

/* ---- what stands in for the core ---- */

struct lis_kunit_storage_core lis_kunit_core;

/* Reads the list as the core does: as many pages as the bytes touch, though in parts of 1 to 32. */
int32_t storvsc_queue(struct storvsc *controller, uint32_t cpu, struct storvsc_request *request,
		      const struct storvsc_command *command, uint32_t more)
{
	unsigned int wanted = 0, count = 0, part;

	WARN_ON_ONCE(preemptible() || cpu != smp_processor_id());
	lis_kunit_core.command = *command;
	lis_kunit_core.request = request;
	lis_kunit_core.more = more;
	if (command->data_bytes)
		wanted = DIV_ROUND_UP(command->data_offset + command->data_bytes, PAGE_SIZE);
	if (wanted > LIS_KUNIT_MOST_FRAMES)
		wanted = 0;
	for (; count < wanted && count < command->first_run; count++)
		lis_kunit_core.frames[count] = command->first_frame + count;
	for (; count < wanted; count += part) {
		part = min(wanted - count, 1 + count % 32);
		storvsc_shim_frames(command->frames, &lis_kunit_core.frames[count], part);
	}
	lis_kunit_core.frame_count = count;
	return lis_kunit_core.queue_result;
}

void storvsc_commit(struct storvsc *controller)
{
	lis_kunit_core.commits++;
}

int32_t storvsc_reset(struct storvsc *controller)
{
	return 0;
}

void storage_note_unit(struct storage_host *host, struct scsi_device *unit, u32 action)
{
	lis_kunit_core.notes++;
	lis_kunit_core.noted = action;
}

void lis_kunit_move_as_host(u8 *bytes, bool to_guest)
{
	unsigned int offset = lis_kunit_core.command.data_offset, at, part, i = 0;

	for (at = 0; at < lis_kunit_core.command.data_bytes; at += part, offset = 0) {
		u8 *page = page_address(pfn_to_page(lis_kunit_core.frames[i++]));

		part = min_t(unsigned int, lis_kunit_core.command.data_bytes - at, PAGE_SIZE - offset);
		if (to_guest)
			memcpy(page + offset, bytes + at, part);
		else
			memcpy(bytes + at, page + offset, part);
	}
}

/* ---- commands ---- */

/* A command as it is in memory, with a core's part behind it. */
struct whole_command {
	struct scsi_cmnd command;
	struct command_private private;
	u8 sense[SCSI_SENSE_BUFFERSIZE];
};

static const struct scsi_host_template host_template = {
	.name = "lis_kunit",
	.proc_name = "lis_kunit",
};

int lis_kunit_storage_enter(struct kunit *test)
{
	struct lis_kunit_storage *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	if (!fixture)
		return -ENOMEM;
	fixture->scsi = scsi_host_alloc(&host_template, sizeof(struct storage_host));
	if (!fixture->scsi)
		return -ENOMEM;
	fixture->host = shost_priv(fixture->scsi);
	fixture->unit.host = fixture->scsi;
	fixture->unit.channel = 1;
	fixture->unit.id = 2;
	fixture->unit.lun = 3;
	fixture->unit.hostdata = (void *)(unsigned long)STORVSC_ADDRESS(1, 2, 3);
	test->priv = fixture;
	memset(&lis_kunit_core, 0, sizeof(lis_kunit_core));
	return storage_bounce_reserve(fixture->host, LIS_KUNIT_LARGEST);
}

void lis_kunit_storage_leave(struct kunit *test)
{
	struct lis_kunit_storage *fixture = test->priv;

	if (!fixture || !fixture->scsi)
		return;
	KUNIT_EXPECT_EQ(test, fixture->host->bounce.idle_count, STORAGE_BOUNCE_BUFFERS);
	storage_bounce_free(fixture->host);
	scsi_host_put(fixture->scsi);
}

struct scsi_cmnd *lis_kunit_command(struct kunit *test, enum dma_data_direction direction)
{
	struct whole_command *whole = kunit_kzalloc(test, sizeof(*whole), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, whole);
	whole->command.device = &lis_kunit_storage_of(test)->unit;
	whole->command.sense_buffer = whole->sense;
	whole->command.submitter = SUBMITTED_BY_SCSI_RESET_IOCTL;
	whole->command.sc_data_direction = direction;
	whole->command.flags = SCMD_LAST;
	whole->command.cmd_len = 10;
	whole->command.cmnd[0] = READ_10;
	memset(whole->sense, LIS_KUNIT_UNTOUCHED, sizeof(whole->sense));
	return &whole->command;
}

void lis_kunit_give_list(struct kunit *test, struct scsi_cmnd *command, const struct lis_kunit_piece *pieces,
			 unsigned int count)
{
	struct sg_table *table = &command->sdb.table;
	struct scatterlist *entry;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, sg_alloc_table(table, count, GFP_KERNEL), 0);
	command->sdb.length = 0;
	for_each_sgtable_sg(table, entry, i) {
		unsigned int order = get_order(pieces[i].offset + pieces[i].bytes);
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, order);

		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), LIS_KUNIT_UNTOUCHED, PAGE_SIZE << order);
		sg_set_page(entry, page, pieces[i].bytes, pieces[i].offset);
		command->sdb.length += pieces[i].bytes;
	}
}

void lis_kunit_take_list(struct scsi_cmnd *command)
{
	struct scatterlist *entry;
	unsigned int i;

	for_each_sgtable_sg(&command->sdb.table, entry, i)
		__free_pages(sg_page(entry), compound_order(sg_page(entry)));
	sg_free_table(&command->sdb.table);
}

int lis_kunit_queue(struct scsi_cmnd *command)
{
	return storage_queuecommand(command->device->host, command);
}

void lis_kunit_answer(u32 outcome, u32 residual)
{
	struct storvsc_verdict verdict = { .outcome = outcome, .residual = residual };

	storvsc_shim_complete(lis_kunit_core.request, &verdict);
}

bool lis_kunit_rest_is_untouched(struct scsi_cmnd *command)
{
	struct scatterlist *entry;
	unsigned int i;

	for_each_sgtable_sg(&command->sdb.table, entry, i) {
		u8 *start = page_address(sg_page(entry));
		size_t end = entry->offset + entry->length, all = PAGE_SIZE << compound_order(sg_page(entry));

		if (memchr_inv(start, LIS_KUNIT_UNTOUCHED, entry->offset) || memchr_inv(start + end, LIS_KUNIT_UNTOUCHED, all - end))
			return false;
	}
	return true;
}
