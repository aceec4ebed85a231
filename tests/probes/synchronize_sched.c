// SPDX-License-Identifier: GPL-2.0-only
/* 5.1: removed; since 4.20 synchronize_rcu() waits for all that it waited for. */
#include <linux/rcupdate.h>

void lis_probe(void);
void lis_probe(void)
{
	synchronize_sched();
}
