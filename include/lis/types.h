/* SPDX-License-Identifier: GPL-2.0-only */
/* Fixed-width integers for headers that cores (C++) and shims (C) both read. */
#ifndef LIS_TYPES_H
#define LIS_TYPES_H

#if defined(__KERNEL__) && !defined(__cplusplus)
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/* A GUID in wire order: the first three fields little-endian (protocol.md 2.1). */
struct lis_guid {
	uint8_t bytes[16];
};

#define LIS_MUST_CHECK __attribute__((warn_unused_result))
#define LIS_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

#endif
