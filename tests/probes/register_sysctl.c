// SPDX-License-Identifier: GPL-2.0-only
/* 3.3: register_sysctl(path, table), the table ending with an empty entry; a macro since 6.6. */
#include <linux/sysctl.h>

struct ctl_table_header *lis_probe(struct ctl_table *table);
struct ctl_table_header *lis_probe(struct ctl_table *table)
{
	return register_sysctl("kernel", &table[0]);
}
