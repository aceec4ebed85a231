/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Back-ported to RHEL 5.7.
 */
#include <linux/workqueue.h>

int lis_probe(struct delayed_work *work) { return cancel_delayed_work_sync(work); }
