/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.26: copies between a list of pages and a buffer.
 * export: sg_copy_to_buffer
 * export: sg_copy_from_buffer
 */
#include <linux/mm.h>
#include <linux/scatterlist.h>

size_t lis_probe(struct scatterlist *list, void *buffer);

size_t lis_probe(struct scatterlist *list, void *buffer)
{
	return sg_copy_to_buffer(list, 1, buffer, 1) + sg_copy_from_buffer(list, 1, buffer, 1);
}
