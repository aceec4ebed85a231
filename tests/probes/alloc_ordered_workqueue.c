/* SPDX-License-Identifier: GPL-2.0-only */
/* family: ordered_workqueue, required: one
 * 2.6.37. RHEL 6.4 has it as a macro.
 */
#include <linux/workqueue.h>

struct workqueue_struct *lis_probe(void) { return alloc_ordered_workqueue("lis", 0); }
