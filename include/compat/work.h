/* SPDX-License-Identifier: GPL-2.0-only */
/* Work items that may be delayed, and ordered queues. */
#ifndef LIS_COMPAT_WORK_H
#define LIS_COMPAT_WORK_H

#include <compat/compat.h>

#include <linux/workqueue.h>

/*
 * The workqueues of 2.6.36; RHEL 6 has the name, for a macro with two parameters.
 * No rescuer: drivers' probe and remove run in these queues and flush ordinary ones,
 * for which a queue with WQ_MEM_RECLAIM must not wait.
 */
#ifdef LIS_HAVE_ALLOC_WORKQUEUE
#define lis_alloc_ordered_queue(name) alloc_ordered_workqueue("%s", 0, name)
#else
/* name must live as long as the queue. */
#define lis_alloc_ordered_queue(name) create_singlethread_workqueue(name)
#endif

#ifdef LIS_HAVE_DELAYED_WORK
typedef struct delayed_work lis_delayed_work_t;
#define lis_queue_delayed(queue, work, delay) queue_delayed_work(queue, work, delay)
#define lis_cancel_delayed_sync(queue, work) cancel_delayed_work_sync(work)
#else
/* 2.6.18: every work_struct has a timer, and the function gets its third argument. */
typedef struct work_struct lis_delayed_work_t;

static inline int lis_queue_delayed(struct workqueue_struct *queue, struct work_struct *work,
				    unsigned long delay)
{
	return delay ? queue_delayed_work(queue, work, delay) : queue_work(queue, work);
}

/* An item that submits itself again is caught by the next round. */
static inline void lis_cancel_delayed_sync(struct workqueue_struct *queue, struct work_struct *work)
{
	do {
		cancel_delayed_work(work);
		flush_workqueue(queue);
	} while (test_bit(0, &work->pending));
}
#endif

#endif
