/* SPDX-License-Identifier: GPL-2.0-only */
/* family: init_work, required: one
 * Until 2.6.19: the function is given a pointer.
 */
#include <linux/workqueue.h>

static void function(void *data) { }

void lis_probe(struct work_struct *work) { INIT_WORK(work, function, NULL); }
