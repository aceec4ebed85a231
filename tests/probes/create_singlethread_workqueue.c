/* SPDX-License-Identifier: GPL-2.0-only */
/* family: ordered_workqueue, required: one
 * Always so far, as a fallback.
 */
#include <linux/workqueue.h>

struct workqueue_struct *lis_probe(void) { return create_singlethread_workqueue("lis"); }
