/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text is read with an iterator. RHEL 8.10 and 6.1 have it, 5.10 has not.
 */
#include <linux/types.h>
#include <linux/kmsg_dump.h>
#include "probe.h"

bool lis_probe(struct kmsg_dump_iter *iterator, char *text, size_t size, size_t *length)
{
	kmsg_dump_rewind(iterator);
	return kmsg_dump_get_buffer(iterator, false, text, size, length);
}
