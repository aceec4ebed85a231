/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.20: a struct of its own. Not in RHEL 5.
 */
#include <linux/workqueue.h>

static void function(struct work_struct *work) { }

void lis_probe(struct delayed_work *work) { INIT_DELAYED_WORK(work, function); }
