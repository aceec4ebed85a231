/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.5: the text is read with the dumper itself. RHEL 7 to 8.4, 5.10.
 */
#include <linux/types.h>
#include <linux/kmsg_dump.h>
#include "probe.h"

bool lis_probe(struct kmsg_dumper *dumper, char *text, size_t size, size_t *length)
{
	return kmsg_dump_get_buffer(dumper, false, text, size, length);
}
