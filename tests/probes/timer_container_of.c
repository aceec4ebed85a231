/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.16: from_timer is renamed.
 */
#include <linux/timer.h>

struct owner { struct timer_list timer; };

struct owner *lis_probe(struct timer_list *t)
{
	struct owner *owner = timer_container_of(owner, t, timer);

	return owner;
}
