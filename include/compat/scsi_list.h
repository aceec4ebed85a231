/* SPDX-License-Identifier: GPL-2.0-only */
/* What a SCSI command transfers: names that changed, and what 2.6.18 has instead of them. */
#ifndef LIS_COMPAT_SCSI_LIST_H
#define LIS_COMPAT_SCSI_LIST_H

#include <compat/compat.h>

#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <scsi/scsi_cmnd.h>

#ifndef LIS_HAVE_SCSI_SGLIST
#define scsi_sg_count(command) ((command)->use_sg)
#define scsi_sglist(command) ((struct scatterlist *)(command)->request_buffer)
#define scsi_bufflen(command) ((command)->request_bufflen)
#define scsi_set_resid(command, bytes) ((command)->resid = (bytes))
#endif

/* Lists were arrays. */
#ifndef LIS_HAVE_SG_PAGE
#define sg_page(entry) ((entry)->page)
#define sg_next(entry) ((entry) + 1)
#endif

/* Of an entry that is not the last: sg_next() without a call. */
static inline struct scatterlist *lis_sg_next(struct scatterlist *entry)
{
	entry++;
#ifdef LIS_HAVE_SG_PAGE
	if (unlikely(sg_is_chain(entry)))
		entry = sg_chain_ptr(entry);
#endif
	return entry;
}

#ifdef LIS_HAVE_SCSI_REQUEST_BUFFER
typedef struct scatterlist lis_single_entry;
#else
typedef struct {
} lis_single_entry;
#endif

/*
 * The command's list and its entries, none if it transfers nothing. single: becomes the
 * list of what is one buffer; in use as long as the result is.
 */
static inline struct scatterlist *lis_command_list(struct scsi_cmnd *command, lis_single_entry *single,
						   unsigned int *count)
{
#ifdef LIS_HAVE_SCSI_REQUEST_BUFFER
	if (!command->use_sg) {
		*count = command->request_bufflen ? 1 : 0;
		if (*count)
			sg_init_one(single, command->request_buffer, command->request_bufflen);
		return single;
	}
#endif
	*count = scsi_sg_count(command);
	return scsi_sglist(command);
}

#ifndef LIS_HAVE_SG_COPY_BUFFER
#include <linux/highmem.h>

/* Any context: the mapping is one that interrupts use. */
static inline void lis_list_copy(struct scatterlist *entry, unsigned int count, u8 *buffer, unsigned int bytes,
				 bool to_buffer)
{
	unsigned int at, offset, part;
	unsigned long flags;
	u8 *mapped;

	for (; count && bytes; count--, entry = sg_next(entry)) {
		for (at = 0; at < entry->length && bytes; at += part) {
			offset = entry->offset + at;
			part = min(entry->length - at, bytes);
			part = min(part, (unsigned int)(PAGE_SIZE - offset_in_page(offset)));
			local_irq_save(flags);
			mapped = kmap_atomic(sg_page(entry) + (offset >> PAGE_SHIFT), KM_BIO_SRC_IRQ);
			if (to_buffer)
				memcpy(buffer, mapped + offset_in_page(offset), part);
			else
				memcpy(mapped + offset_in_page(offset), buffer, part);
			kunmap_atomic(mapped, KM_BIO_SRC_IRQ);
			local_irq_restore(flags);
			buffer += part;
			bytes -= part;
		}
	}
}
#else
static inline void lis_list_copy(struct scatterlist *list, unsigned int count, u8 *buffer, unsigned int bytes,
				 bool to_buffer)
{
	if (to_buffer)
		sg_copy_to_buffer(list, count, buffer, bytes);
	else
		sg_copy_from_buffer(list, count, buffer, bytes);
}
#endif

#endif
