/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.5: dump(dumper, reason). RHEL 7 to 9; 6.1.
 */
#include <linux/types.h>
#include <linux/kmsg_dump.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kmsg_dumper, dump, void (*)(struct kmsg_dumper *, enum kmsg_dump_reason));
