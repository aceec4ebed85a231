/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.36. RHEL 7.
 */
#include <linux/workqueue.h>

struct workqueue_struct *lis_probe(void) { return alloc_workqueue("lis", WQ_MEM_RECLAIM, 1); }
