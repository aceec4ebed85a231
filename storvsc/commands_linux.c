// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the SCSI layer on their way to the core and back. */
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "storvsc_linux.h"

/* A command's pages, as far as the core has read them. */
struct frame_cursor {
	struct scatterlist *next;
	unsigned int left; /* entries from next on */
	struct scatterlist single;
	u8 *bounce; /* the next page of a buffer that takes the list's place, or NULL */
};

uint32_t storvsc_shim_frames(void *frames, uint64_t *first)
{
	struct frame_cursor *cursor = frames;
	struct scatterlist *entry = cursor->next;
	unsigned int start;

	if (unlikely(cursor->bounce)) {
		*first = vmalloc_to_pfn(cursor->bounce);
		cursor->bounce += PAGE_SIZE;
		return 1;
	}
	start = offset_in_page(entry->offset);
	*first = page_to_pfn(sg_page(entry)) + (entry->offset >> PAGE_SHIFT);
	if (cursor->left > 1) {
		cursor->left--;
		cursor->next = sg_next(entry);
	}
	return (start + entry->length + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/*
 * The host is told of one run of bytes over pages: inside the list they begin and end
 * with a page. Where the block layer cannot keep to that, others go through a buffer.
 */
static bool list_has_gaps(struct scatterlist *entry, unsigned int count)
{
	while (count > 1) {
		if (offset_in_page(entry->offset + entry->length))
			return true;
		entry = sg_next(entry);
		count--;
		if (offset_in_page(entry->offset))
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

/* A buffer in private->bounce is the command's from here on. */
static int describe(struct scsi_cmnd *command, struct frame_cursor *cursor, struct storvsc_command *core)
{
	struct command_private *private = lis_command_private(command);
	struct scsi_device *unit = command->device;

	memset(core, 0, sizeof(*core));
	core->cdb = command->cmnd;
	core->cdb_bytes = command->cmd_len;
	core->path = unit->channel;
	core->target = unit->id;
	core->lun = unit->lun;
	core->tagged = unit->tagged_supported;
	core->direction = STORVSC_NO_DATA;
	private->bounce = NULL;
	cursor->next = lis_command_list(command, &cursor->single, &cursor->left);
	if (!cursor->left)
		return 0;
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
	core->frames = cursor;
	core->data_offset = offset_in_page(cursor->next->offset);
	core->data_bytes = scsi_bufflen(command);
	cursor->bounce = NULL;
	if (unlikely(list_has_gaps(cursor->next, cursor->left))) {
		int result = storage_bounce_take(shost_priv(unit->host), command, &private->bounce);

		cursor->bounce = private->bounce;
		core->data_offset = 0;
		return result;
	}
	return 0;
}

static lis_queue_status storage_queuecommand_command(struct Scsi_Host *scsi, struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(scsi);
	struct command_private *private = lis_command_private(command);
	struct frame_cursor cursor;
	struct storvsc_command core;
	uint32_t more;
	int result;

	BUILD_BUG_ON(sizeof(*private) > LIS_COMMAND_PRIVATE_LIMIT);
	result = describe(command, &cursor, &core);
	if (!result) {
		/* What the error handler sends belongs to no batch. */
		more = !lis_command_is_last(command) && !scsi_host_in_recovery(scsi);
		result = storvsc_queue(host->core, &private->request, &core, more);
	}
	if (likely(!result))
		return 0;
	if (private->bounce)
		storage_bounce_put(host, command, private->bounce, 0);
	/* The batch that this would have ended. */
	storvsc_commit(host->core);
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

static unsigned int bytes_read(struct scsi_cmnd *command, unsigned int residual)
{
	return command->sc_data_direction == DMA_FROM_DEVICE ? scsi_bufflen(command) - residual : 0;
}

void storvsc_shim_complete(struct storvsc_request *request, const struct storvsc_verdict *verdict)
{
	struct command_private *private = container_of(request, struct command_private, request);
	struct scsi_cmnd *command = lis_private_command(private);
	struct storage_host *host = shost_priv(command->device->host);

	BUILD_BUG_ON(STORVSC_SENSE_LIMIT > SCSI_SENSE_BUFFERSIZE);
	if (unlikely(verdict->sense_bytes)) {
		memcpy(command->sense_buffer, verdict->sense, verdict->sense_bytes);
		if (storvsc_logging_level > 1)
			sdev_printk(KERN_INFO, command->device, "opcode %02x: sense %02x %02x/%02x\n", command->cmnd[0],
				    command->sense_buffer[2] & 15, command->sense_buffer[12], command->sense_buffer[13]);
	}
	if (unlikely(private->bounce))
		storage_bounce_put(host, command, private->bounce, bytes_read(command, verdict->residual));
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
	int late = atomic_inc_return(&host->late_commands);
	unsigned long last = READ_ONCE(host->late_logged);

	if ((late == 1 || time_after(jiffies, last + 60 * HZ)) && cmpxchg(&host->late_logged, last, jiffies) == last)
		sdev_printk(KERN_WARNING, command->device,
			    "the host is late with opcode %02x; it is waited for (time-outs so far: %d)\n",
			    command->cmnd[0], late);
	return LIS_WAIT_ON;
}
#endif

#ifdef LIS_WAIT_BY_TRANSPORT
/* Otherwise what a host has that names no transport. */
static struct scsi_transport_template waiting = {
	.eh_timed_out = storage_timed_out,
};

void storage_wait_by_transport(struct storage_host *host)
{
	host->scsi->transportt = &waiting;
}
#endif

int storage_host_reset(struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(command->device->host);
	int result = -ENODEV;

	/* sg_reset(8) may come while the host is removed. */
	mutex_lock(&host->reset_lock);
	if (host->core)
		result = storvsc_reset(host->core);
	mutex_unlock(&host->reset_lock);
	if (result)
		lis_os_log(LIS_OS_LOG_ERROR, "host %u: reset failed: error %d", host->scsi->host_no, result);
	return result ? FAILED : SUCCESS;
}
