/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.27. Not in RHEL 5.
 */
#include <linux/workqueue.h>

int lis_probe(struct workqueue_struct *queue, struct work_struct *work) { return queue_work_on(0, queue, work); }
