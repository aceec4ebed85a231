// SPDX-License-Identifier: GPL-2.0-only
/* 4.4 to 6.10: the same of one queue. RHEL 7.3 has it. */
#include <linux/blkdev.h>

#include "probe.h"

LIS_PROBE_TYPE(&blk_queue_virt_boundary, void (*)(struct request_queue *, unsigned long));
