// SPDX-License-Identifier: GPL-2.0-only
/* 5.1: lock classes in allocated memory. */
#include <linux/lockdep.h>

void lis_probe(struct lock_class_key *key);
void lis_probe(struct lock_class_key *key)
{
	lockdep_register_key(key);
	lockdep_unregister_key(key);
}
