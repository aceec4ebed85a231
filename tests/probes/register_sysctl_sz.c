// SPDX-License-Identifier: GPL-2.0-only
/* 6.6: the number of entries is given; empty ones are refused since 6.11. */
#include <linux/sysctl.h>

struct ctl_table_header *lis_probe(struct ctl_table *table);
struct ctl_table_header *lis_probe(struct ctl_table *table)
{
	return register_sysctl_sz("kernel", table, 1);
}
