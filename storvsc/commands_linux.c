// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the SCSI layer on their way to the core and back. */
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "storvsc_linux.h"

/* A command's pages, as far as the core has read them. */
struct frame_cursor {
	struct scatterlist *entry;
	unsigned int left; /* entries behind it */
	unsigned int pages; /* of the entry, from frame on */
	unsigned long frame;
	u8 *bounce; /* the next page of a buffer that takes the list's place, or NULL */
};

static inline unsigned long first_frame(struct scatterlist *entry)
{
	return page_to_pfn(sg_page(entry)) + (entry->offset >> PAGE_SHIFT);
}

static inline unsigned int pages_of(struct scatterlist *entry)
{
	return (offset_in_page(entry->offset) + entry->length + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

void storvsc_shim_frames(void *frames, uint64_t *list, uint32_t count)
{
	struct frame_cursor *cursor = frames;
	struct scatterlist *entry = cursor->entry;
	unsigned long frame = cursor->frame;
	unsigned int pages = cursor->pages;
	unsigned int left = cursor->left;
	uint64_t *end = list + count;
	uint64_t *stop;

	if (unlikely(cursor->bounce)) {
		for (; list != end; list++, cursor->bounce += PAGE_SIZE)
			*list = vmalloc_to_pfn(cursor->bounce);
		return;
	}
	while (list != end) {
		if (likely(!pages && left)) {
			left--;
			entry = lis_sg_next(entry);
			frame = first_frame(entry);
			pages = pages_of(entry);
		} else if (unlikely(!pages)) { /* nobody makes a list that is too short; its last page once more */
			frame--;
			pages = 1;
		}
		stop = pages < end - list ? list + pages : end;
		pages -= stop - list;
		while (list != stop)
			*list++ = frame++;
	}
	cursor->entry = entry;
	cursor->frame = frame;
	cursor->pages = pages;
	cursor->left = left;
}

/*
 * The host is told of one run of bytes over pages: inside the list they begin and end
 * with a page. Where the block layer cannot keep to that, others go through a buffer.
 */
static bool list_has_gaps(struct scatterlist *entry, unsigned int count)
{
	unsigned int edges = 0;

	while (--count) {
		edges |= entry->offset + entry->length;
		entry = lis_sg_next(entry);
		edges |= entry->offset;
	}
	return offset_in_page(edges);
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

/* The data of a command with a list. A buffer in private->bounce is the command's from here on. */
static int describe_data(struct scsi_cmnd *command, struct frame_cursor *cursor, struct storvsc_command *core)
{
	struct command_private *private = lis_command_private(command);
	struct scatterlist *entry = cursor->entry;

	if (likely(command->sc_data_direction == DMA_FROM_DEVICE))
		core->direction = STORVSC_FROM_DEVICE;
	else if (command->sc_data_direction == DMA_TO_DEVICE)
		core->direction = STORVSC_TO_DEVICE;
	else
		return -EINVAL;
	core->data_bytes = scsi_bufflen(command);
	if (unlikely(cursor->left && list_has_gaps(entry, cursor->left + 1))) {
		int result = storage_bounce_take(shost_priv(command->device->host), command, &private->bounce);

		cursor->bounce = private->bounce;
		return result;
	}
	core->data_offset = offset_in_page(entry->offset);
	core->first_frame = first_frame(entry);
	core->first_run = pages_of(entry);
	cursor->frame = core->first_frame + core->first_run;
	return 0;
}

static lis_queue_status refuse(struct storage_host *host, struct scsi_cmnd *command, int error)
{
	struct command_private *private = lis_command_private(command);

	if (private->bounce)
		storage_bounce_put(host, command, private->bounce, 0);
	/* The batch that this would have ended. */
	storvsc_commit(host->core);
	switch (error) {
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

static lis_queue_status storage_queuecommand_command(struct Scsi_Host *scsi, struct scsi_cmnd *command)
{
	struct storage_host *host = shost_priv(scsi);
	struct command_private *private = lis_command_private(command);
	struct scsi_device *unit = command->device;
	lis_single_entry single;
	unsigned int entries;
	struct frame_cursor cursor = {
		.entry = lis_command_list(command, &single, &entries),
	};
	struct storvsc_command core = {
		.cdb = command->cmnd,
		.address = (unsigned long)unit->hostdata,
		.cdb_bytes = command->cmd_len,
		.direction = STORVSC_NO_DATA,
		.tagged = unit->tagged_supported,
		.frames = &cursor,
	};
	unsigned int cpu;
	uint32_t more;
	int result = 0;

	BUILD_BUG_ON(sizeof(*private) > LIS_COMMAND_PRIVATE_LIMIT);
	private->bounce = NULL;
	if (likely(entries)) {
		cursor.left = entries - 1;
		result = describe_data(command, &cursor, &core);
	}
	if (likely(!result)) {
		/* What the error handler sends belongs to no batch. */
		more = !lis_command_is_last(command) && !scsi_host_in_recovery(scsi);
		cpu = get_cpu();
		result = storvsc_queue(host->core, cpu, &private->request, &core, more);
		put_cpu();
	}
	return likely(!result) ? 0 : refuse(host, command, result);
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

	BUILD_BUG_ON(STORVSC_SENSE_LIMIT > SCSI_SENSE_BUFFERSIZE);
	if (unlikely(verdict->sense_bytes)) {
		memcpy(command->sense_buffer, verdict->sense, verdict->sense_bytes);
		if (storvsc_logging_level > 1)
			sdev_printk(KERN_INFO, command->device, "opcode %02x: sense %02x %02x/%02x\n", command->cmnd[0],
				    command->sense_buffer[2] & 15, command->sense_buffer[12], command->sense_buffer[13]);
	}
	if (unlikely(private->bounce))
		storage_bounce_put(shost_priv(command->device->host), command, private->bounce,
				   bytes_read(command, verdict->residual));
	scsi_set_resid(command, verdict->residual);
	command->result = host_bytes[verdict->outcome] << 16 | verdict->scsi_status;
	if (unlikely(verdict->action != STORVSC_NO_ACTION))
		storage_note_unit(shost_priv(command->device->host), command->device, verdict->action);
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
