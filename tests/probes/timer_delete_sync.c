/* SPDX-License-Identifier: GPL-2.0-only */
/* family: timer_delete_sync, required: one
 * 6.2: del_timer_sync is renamed. Back-ported to RHEL 8.10 and 9.6.
 */
#include <linux/timer.h>

int lis_probe(struct timer_list *timer) { return timer_delete_sync(timer); }
