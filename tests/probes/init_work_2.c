/* SPDX-License-Identifier: GPL-2.0-only */
/* family: init_work, required: one
 * 2.6.20: the function is given its work item.
 */
#include <linux/workqueue.h>

static void function(struct work_struct *work) { }

void lis_probe(struct work_struct *work) { INIT_WORK(work, function); }
