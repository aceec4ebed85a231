// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that take the place of lists of pages with gaps, on kernels whose block layer
 * cannot keep to lists without. They are reserved when the host is found.
 */
#include <linux/vmalloc.h>

#include "storvsc_linux.h"

int storage_bounce_reserve(struct storage_host *host, unsigned int bytes)
{
	struct bounce_pool *pool = &host->bounce;
	u8 *buffer;

	spin_lock_init(&pool->lock);
	while (pool->idle_count < STORAGE_BOUNCE_BUFFERS) {
		buffer = vmalloc(bytes);
		if (!buffer)
			break;
		pool->idle[pool->idle_count++] = buffer;
	}
	if (!pool->idle_count)
		return -ENOMEM;
	pool->bytes = bytes;
	return 0;
}

/* All are idle. */
void storage_bounce_free(struct storage_host *host)
{
	struct bounce_pool *pool = &host->bounce;

	while (pool->idle_count)
		vfree(pool->idle[--pool->idle_count]);
	pool->bytes = 0;
}

int storage_bounce_take(struct storage_host *host, struct scsi_cmnd *command, u8 **buffer)
{
	struct bounce_pool *pool = &host->bounce;
	unsigned int bytes = scsi_bufflen(command);
	unsigned long flags;
	u8 *taken = NULL;

	if (bytes > pool->bytes)
		return -EINVAL;
	spin_lock_irqsave(&pool->lock, flags);
	if (pool->idle_count)
		taken = pool->idle[--pool->idle_count];
	spin_unlock_irqrestore(&pool->lock, flags);
	if (!taken) {
		atomic_inc(&pool->waits);
		return -EAGAIN;
	}
	atomic_inc(&pool->bounced);
	lis_list_copy(scsi_sglist(command), scsi_sg_count(command), taken, bytes, true);
	*buffer = taken;
	return 0;
}

void storage_bounce_put(struct storage_host *host, struct scsi_cmnd *command, u8 *buffer, unsigned int bytes)
{
	struct bounce_pool *pool = &host->bounce;
	unsigned long flags;

	if (bytes)
		lis_list_copy(scsi_sglist(command), scsi_sg_count(command), buffer, bytes, false);
	spin_lock_irqsave(&pool->lock, flags);
	pool->idle[pool->idle_count++] = buffer;
	spin_unlock_irqrestore(&pool->lock, flags);
}

static ssize_t bounced_show(struct Scsi_Host *scsi, char *text)
{
	struct storage_host *host = shost_priv(scsi);

	return sprintf(text, "%u\n", (unsigned int)atomic_read(&host->bounce.bounced));
}

static ssize_t bounce_waits_show(struct Scsi_Host *scsi, char *text)
{
	struct storage_host *host = shost_priv(scsi);

	return sprintf(text, "%u\n", (unsigned int)atomic_read(&host->bounce.waits));
}

LIS_HOST_ATTRIBUTE(bounced);
LIS_HOST_ATTRIBUTE(bounce_waits);
LIS_HOST_ATTRIBUTES(storage_attributes, LIS_HOST_ATTRIBUTE_OF(bounced), LIS_HOST_ATTRIBUTE_OF(bounce_waits));
