/* SPDX-License-Identifier: GPL-2.0-only */
/* family: timer_delete_sync, required: one
 * Until 6.14.
 */
#include <linux/timer.h>

int lis_probe(struct timer_list *timer) { return del_timer_sync(timer); }
