// SPDX-License-Identifier: GPL-2.0-only
/* 3.13; RHEL 7 has it. */
#include <linux/u64_stats_sync.h>

void lis_probe(struct u64_stats_sync *sync);
void lis_probe(struct u64_stats_sync *sync)
{
	u64_stats_init(sync);
}
