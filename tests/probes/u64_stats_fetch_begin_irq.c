// SPDX-License-Identifier: GPL-2.0-only
/* 3.15 to 6.2. */
#include <linux/u64_stats_sync.h>

unsigned int lis_probe(const struct u64_stats_sync *sync);
unsigned int lis_probe(const struct u64_stats_sync *sync)
{
	return u64_stats_fetch_begin_irq(sync);
}
