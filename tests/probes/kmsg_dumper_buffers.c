/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Until 3.4: dump() is given the text. RHEL 6.
 */
#include <linux/types.h>
#include <linux/kmsg_dump.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kmsg_dumper, dump, void (*)(struct kmsg_dumper *, enum kmsg_dump_reason, const char *,
						 unsigned long, const char *, unsigned long));
