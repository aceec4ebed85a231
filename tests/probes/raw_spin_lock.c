/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.33: raw_spinlock_t is the lock that spins on PREEMPT_RT too. Before, the name meant the architecture's own.
 */
#include <linux/spinlock.h>

void lis_probe(raw_spinlock_t *lock)
{
	unsigned long flags;

	raw_spin_lock_init(lock);
	raw_spin_lock_irqsave(lock, flags);
	raw_spin_unlock_irqrestore(lock, flags);
}
