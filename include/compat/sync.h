/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks and completions: names that changed. */
#ifndef LIS_COMPAT_SYNC_H
#define LIS_COMPAT_SYNC_H

#include <compat/compat.h>

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

/* Before raw_spin_lock() existed there was no PREEMPT_RT either: spinlock_t never sleeps there. */
#ifdef LIS_HAVE_RAW_SPIN_LOCK
typedef raw_spinlock_t lis_spinlock_t;
#define lis_spin_lock_init(lock) raw_spin_lock_init(lock)
#define lis_spin_lock_irqsave(lock, flags) raw_spin_lock_irqsave(lock, flags)
#define lis_spin_unlock_irqrestore(lock, flags) raw_spin_unlock_irqrestore(lock, flags)
#else
typedef spinlock_t lis_spinlock_t;
#define lis_spin_lock_init(lock) spin_lock_init(lock)
#define lis_spin_lock_irqsave(lock, flags) spin_lock_irqsave(lock, flags)
#define lis_spin_unlock_irqrestore(lock, flags) spin_unlock_irqrestore(lock, flags)
#endif

#ifdef LIS_HAVE_REINIT_COMPLETION
#define lis_reinit_completion(completion) reinit_completion(completion)
#else
#define lis_reinit_completion(completion) INIT_COMPLETION(*(completion))
#endif

/* Where both exist only this one waits for regions that merely have interrupts off. */
#ifdef LIS_HAVE_SYNCHRONIZE_SCHED
#define lis_synchronize_interrupts() synchronize_sched()
#else
#define lis_synchronize_interrupts() synchronize_rcu()
#endif

#endif
