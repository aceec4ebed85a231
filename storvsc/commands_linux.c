// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the SCSI layer on their way to the core and back. */
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#include "storvsc_linux.h"

/* A command's scatter list, as far as the core has read it. */
struct frame_cursor {
	struct scatterlist *next;
};

uint32_t storvsc_shim_frames(void *frames, uint64_t *first)
{
	struct frame_cursor *cursor = frames;
	struct scatterlist *entry = cursor->next;
	unsigned int start = offset_in_page(entry->offset);

	*first = page_to_pfn(sg_page(entry)) + (entry->offset >> PAGE_SHIFT);
	if (!sg_is_last(entry))
		cursor->next = sg_next(entry);
	return (start + entry->length + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/*
 * The host is told of one run of bytes over pages: inside the list they begin and end
 * with a page. The block layer keeps to that; a list that does not would be written to
 * the wrong place.
 */
static bool list_has_gaps(struct scsi_cmnd *command)
{
	unsigned int count = scsi_sg_count(command), at;
	struct scatterlist *entry;

	scsi_for_each_sg(command, entry, count, at) {
		if (at && offset_in_page(entry->offset))
			return true;
		if (at + 1 < count && offset_in_page(entry->offset + entry->length))
			return true;
	}
	return false;
}

static void finish(struct scsi_cmnd *command, int host_byte)
{
	command->result = host_byte << 16;
	lis_scsi_done(command);
}

/* As a disk would answer that does not know the command. */
static void finish_unsupported(struct scsi_cmnd *command)
{
	memset(command->sense_buffer, 0, SCSI_SENSE_BUFFERSIZE);
	command->sense_buffer[0] = 0x70;
	command->sense_buffer[2] = ILLEGAL_REQUEST;
	command->sense_buffer[7] = 10;
	command->sense_buffer[12] = 0x20;
	command->result = SAM_STAT_CHECK_CONDITION;
	lis_scsi_done(command);
}

static int describe(struct scsi_cmnd *command, struct frame_cursor *cursor, struct storvsc_command *core)
{
	struct scsi_device *unit = command->device;

	memset(core, 0, sizeof(*core));
	core->cdb = command->cmnd;
	core->cdb_bytes = command->cmd_len;
	core->path = unit->channel;
	core->target = unit->id;
	core->lun = unit->lun;
	core->tagged = unit->tagged_supported;
	core->direction = STORVSC_NO_DATA;
	if (!scsi_sg_count(command))
		return 0;
	if (scsi_sg_count(command) > 1 && unlikely(list_has_gaps(command)))
		return -EINVAL;
	switch (command->sc_data_direction) {
	case DMA_TO_DEVICE:
		core->direction = STORVSC_TO_DEVICE;
		break;
	case DMA_FROM_DEVICE:
		core->direction = STORVSC_FROM_DEVICE;
		break;
	default:
		return -EINVAL;
	}
	cursor->next = scsi_sglist(command);
	core->frames = cursor;
	core->data_offset = offset_in_page(cursor->next->offset);
	core->data_bytes = scsi_bufflen(command);
	return 0;
}

static lis_queue_status storage_queuecommand_command(struct Scsi_Host *scsi, struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(scsi);
	struct frame_cursor cursor;
	struct storvsc_command core;
	uint32_t more;
	int result;

	BUILD_BUG_ON(sizeof(struct storvsc_request) > LIS_COMMAND_PRIVATE_LIMIT);
	result = describe(command, &cursor, &core);
	if (!result) {
		/* What the error handler sends belongs to no batch. */
		more = !lis_command_is_last(command) && !scsi_host_in_recovery(scsi);
		result = storvsc_queue(host->core, lis_command_private(command), &core, more);
	}
	if (likely(!result))
		return 0;
	switch (result) {
	case -EAGAIN:
		return SCSI_MLQUEUE_HOST_BUSY;
	case -EOPNOTSUPP:
		finish_unsupported(command);
		break;
	case -ENODEV:
		finish(command, DID_NO_CONNECT);
		break;
	default:
		finish(command, DID_ERROR);
	}
	return 0;
}

#ifdef LIS_HAVE_QUEUECOMMAND_DONE
/* Called with the host's lock held and interrupts off. */
int storage_queuecommand(struct scsi_cmnd *command, void (*done)(struct scsi_cmnd *))
{
	command->scsi_done = done;
	return storage_queuecommand_command(command->device->host, command);
}
#else
lis_queue_status storage_queuecommand(struct Scsi_Host *scsi, struct scsi_cmnd *command)
{
	return storage_queuecommand_command(scsi, command);
}
#endif

void storage_commit(struct Scsi_Host *scsi, u16 queue)
{
	struct storage_host *host = shost_priv(scsi);

	storvsc_commit(host->core);
}

static const u8 host_bytes[] = {
	[STORVSC_DONE] = DID_OK,
	[STORVSC_FAILED] = DID_ERROR,
	[STORVSC_PASSED] = DID_PASSTHROUGH,
	[STORVSC_BUSY] = DID_BUS_BUSY,
	[STORVSC_REQUEUE] = DID_REQUEUE,
	[STORVSC_NO_CONNECT] = DID_NO_CONNECT,
};

void storvsc_shim_complete(struct storvsc_request *request, const struct storvsc_verdict *verdict)
{
	struct scsi_cmnd *command = lis_private_command(request);
	struct storage_host *host = shost_priv(command->device->host);

	BUILD_BUG_ON(STORVSC_SENSE_LIMIT > SCSI_SENSE_BUFFERSIZE);
	if (unlikely(verdict->sense_bytes)) {
		memcpy(command->sense_buffer, verdict->sense, verdict->sense_bytes);
		if (storvsc_logging_level > 1)
			sdev_printk(KERN_INFO, command->device, "opcode %02x: sense %02x %02x/%02x\n", command->cmnd[0],
				    command->sense_buffer[2] & 15, command->sense_buffer[12], command->sense_buffer[13]);
	}
	scsi_set_resid(command, verdict->residual);
	command->result = host_bytes[verdict->outcome] << 16 | verdict->scsi_status;
	if (unlikely(verdict->action != STORVSC_NO_ACTION))
		storage_note_unit(host, command->device, verdict->action);
	lis_scsi_done(command);
}

#ifdef LIS_WAIT_ON
/*
 * Its pages are the host's until that answers, however long it takes: hosts are known
 * to take minutes, and nothing says when a command that was given up has ended.
 */
lis_timeout_action storage_timed_out(struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(command->device->host);
	long late = atomic_long_inc_return(&host->late_commands);
	unsigned long last = READ_ONCE(host->late_logged);

	if ((late == 1 || time_after(jiffies, last + 60 * HZ)) && cmpxchg(&host->late_logged, last, jiffies) == last)
		sdev_printk(KERN_WARNING, command->device,
			    "the host is late with opcode %02x; it is waited for (time-outs so far: %ld)\n",
			    command->cmnd[0], late);
	return LIS_WAIT_ON;
}
#endif

int storage_host_reset(struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(command->device->host);
	int result = storvsc_reset(host->core);

	if (result)
		lis_os_log(LIS_OS_LOG_ERROR, "host %u: reset failed: error %d", host->scsi->host_no, result);
	return result ? FAILED : SUCCESS;
}
