/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Back-ported to RHEL 5.7.
 */
#include <linux/workqueue.h>

int lis_probe(struct work_struct *work) { return cancel_work_sync(work); }
