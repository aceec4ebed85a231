// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: locks, events, sleeping and delays. */
#include <compat/compat.h>
#include <compat/sync.h>

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/nmi.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <lis/os.h>

/*
 * One class per rank: lockdep then sees the order of ranks, and two locks of one
 * rank held together. The names show in its reports.
 */
#define LIS_RANKS 17

static struct lock_class_key spinlock_class[LIS_RANKS] LIS_UNUSED;
static struct lock_class_key mutex_class[LIS_RANKS] LIS_UNUSED;
static const char *const rank_name[LIS_RANKS] LIS_UNUSED = {
	"lis_rank_0", "lis_rank_1",  "lis_rank_2",  "lis_rank_3",  "lis_rank_4",  "lis_rank_5",
	"lis_rank_6", "lis_rank_7",  "lis_rank_8",  "lis_rank_9",  "lis_rank_10", "lis_rank_11",
	"lis_rank_12", "lis_rank_13", "lis_rank_14", "lis_rank_15", "lis_rank_16",
};

struct lis_os_spinlock {
	lis_spinlock_t lock;
};

struct lis_os_spinlock *lis_os_spinlock_create(uint32_t rank)
{
	struct lis_os_spinlock *lock;

	if (rank >= LIS_RANKS)
		return NULL;
	lock = kmalloc(sizeof(*lock), GFP_KERNEL);
	if (!lock)
		return NULL;
	lis_spin_lock_init(&lock->lock);
	lockdep_set_class_and_name(&lock->lock, &spinlock_class[rank], rank_name[rank]);
	return lock;
}

void lis_os_spinlock_destroy(struct lis_os_spinlock *lock)
{
	kfree(lock);
}

unsigned long lis_os_spin_lock(struct lis_os_spinlock *lock)
{
	unsigned long flags;

	lis_spin_lock_irqsave(&lock->lock, flags);
	return flags;
}

void lis_os_spin_unlock(struct lis_os_spinlock *lock, unsigned long interrupt_state)
{
	lis_spin_unlock_irqrestore(&lock->lock, interrupt_state);
}

struct lis_os_mutex {
	struct mutex mutex;
};

struct lis_os_mutex *lis_os_mutex_create(uint32_t rank)
{
	struct lis_os_mutex *mutex;

	if (rank >= LIS_RANKS)
		return NULL;
	mutex = kmalloc(sizeof(*mutex), GFP_KERNEL);
	if (!mutex)
		return NULL;
	mutex_init(&mutex->mutex);
	lockdep_set_class_and_name(&mutex->mutex, &mutex_class[rank], rank_name[rank]);
	return mutex;
}

void lis_os_mutex_destroy(struct lis_os_mutex *mutex)
{
	if (!mutex)
		return;
	mutex_destroy(&mutex->mutex);
	kfree(mutex);
}

void lis_os_mutex_lock(struct lis_os_mutex *mutex)
{
	mutex_lock(&mutex->mutex);
}

void lis_os_mutex_unlock(struct lis_os_mutex *mutex)
{
	mutex_unlock(&mutex->mutex);
}

/*
 * complete() and not complete_all(): the latter may not be called from a hard
 * interrupt on PREEMPT_RT. A waiter gives back what it took, so a set event stays set.
 */
struct lis_os_event {
	struct completion set;
};

struct lis_os_event *lis_os_event_create(void)
{
	struct lis_os_event *event = kmalloc(sizeof(*event), GFP_KERNEL);

	if (event)
		init_completion(&event->set);
	return event;
}

void lis_os_event_destroy(struct lis_os_event *event)
{
	kfree(event);
}

void lis_os_event_reset(struct lis_os_event *event)
{
	lis_reinit_completion(&event->set);
}

void lis_os_event_set(struct lis_os_event *event)
{
	complete(&event->set);
}

int32_t lis_os_wait(struct lis_os_event *event, uint32_t timeout_ms)
{
	/* One tick more: the first one may be almost over. */
	if (!wait_for_completion_timeout(&event->set, msecs_to_jiffies(timeout_ms) + 1))
		return -LIS_ETIMEDOUT;
	complete(&event->set);
	return 0;
}

void lis_os_sleep_ms(uint32_t ms)
{
	msleep(ms);
}

void lis_os_delay_us(uint32_t us)
{
	for (; us > 1000; us -= 1000) {
		udelay(1000);
		touch_nmi_watchdog();
	}
	udelay(us);
}
