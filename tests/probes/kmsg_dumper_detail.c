/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dump(dumper, detail). 6.12 has it, 6.1 has not.
 */
#include <linux/types.h>
#include <linux/kmsg_dump.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kmsg_dumper, dump, void (*)(struct kmsg_dumper *, struct kmsg_dump_detail *));
