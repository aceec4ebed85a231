/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the kernel's log, for a panic. LIS_KMSG_DUMP: the kernel can copy it out. */
#ifndef LIS_COMPAT_KMSG_DUMP_H
#define LIS_COMPAT_KMSG_DUMP_H

#include <compat/compat.h>

#if defined(LIS_HAVE_KMSG_DUMP_ITER) || defined(LIS_HAVE_KMSG_DUMP_GET_BUFFER_DUMPER)
#define LIS_KMSG_DUMP 1

#include <linux/kmsg_dump.h>

/* The parameters of struct kmsg_dumper's dump(); the first is named dumper. */
#ifdef LIS_HAVE_KMSG_DUMPER_DETAIL
#define LIS_KMSG_DUMP_ARGUMENTS struct kmsg_dumper *dumper, struct kmsg_dump_detail *detail
#else
#define LIS_KMSG_DUMP_ARGUMENTS struct kmsg_dumper *dumper, enum kmsg_dump_reason reason
#endif

/* Bytes copied, at most size. Only inside dump(). */
static inline size_t lis_kmsg_tail(struct kmsg_dumper *dumper, char *to, size_t size)
{
	size_t length = 0;
#ifdef LIS_HAVE_KMSG_DUMP_ITER
	struct kmsg_dump_iter iterator;

	kmsg_dump_rewind(&iterator);
	kmsg_dump_get_buffer(&iterator, false, to, size, &length);
#else
	kmsg_dump_get_buffer(dumper, false, to, size, &length);
#endif
	return length;
}

#endif
#endif
