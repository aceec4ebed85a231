// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: ordered queues, work items and softirqs. */
#include <compat/compat.h>
#include <compat/work.h>

#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <lis/os.h>

struct lis_os_queue {
	struct workqueue_struct *queue;
	char name[24];
};

struct lis_os_work {
	lis_delayed_work_t item;
	struct workqueue_struct *queue;
	void (*run)(void *context);
	void *context;
#if defined(CONFIG_LOCKDEP) && defined(LIS_HAVE_LOCKDEP_REGISTER_KEY)
	/* One item may cancel another: they must not be of one class. */
	struct lock_class_key key;
#endif
};

struct lis_os_queue *lis_os_queue_create(const char *name)
{
	struct lis_os_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	snprintf(queue->name, sizeof(queue->name), "%s", name);
	queue->queue = lis_alloc_ordered_queue(queue->name);
	if (!queue->queue) {
		kfree(queue);
		return NULL;
	}
	return queue;
}

void lis_os_queue_destroy(struct lis_os_queue *queue)
{
	if (!queue)
		return;
	destroy_workqueue(queue->queue);
	kfree(queue);
}

void lis_os_queue_flush(struct lis_os_queue *queue)
{
	flush_workqueue(queue->queue);
}

#ifdef LIS_HAVE_DELAYED_WORK
static void work_run(struct work_struct *item)
{
	struct lis_os_work *work = container_of(item, struct lis_os_work, item.work);

	work->run(work->context);
}

static void work_init(struct lis_os_work *work)
{
	INIT_DELAYED_WORK(&work->item, work_run);
#if defined(CONFIG_LOCKDEP) && defined(LIS_HAVE_LOCKDEP_REGISTER_KEY)
	lockdep_register_key(&work->key);
	lockdep_init_map(&work->item.work.lockdep_map, "lis_os_work", &work->key, 0);
#endif
}
#else
static void work_run(void *item)
{
	struct lis_os_work *work = item;

	work->run(work->context);
}

static void work_init(struct lis_os_work *work)
{
	INIT_WORK(&work->item, work_run, work);
}
#endif

struct lis_os_work *lis_os_work_create(struct lis_os_queue *queue, void (*run)(void *context),
				       void *context)
{
	struct lis_os_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return NULL;
	work->queue = queue->queue;
	work->run = run;
	work->context = context;
	work_init(work);
	return work;
}

void lis_os_work_destroy(struct lis_os_work *work)
{
	if (!work)
		return;
	lis_os_work_cancel(work);
#if defined(CONFIG_LOCKDEP) && defined(LIS_HAVE_LOCKDEP_REGISTER_KEY)
	lockdep_unregister_key(&work->key);
#endif
	kfree(work);
}

void lis_os_work_submit(struct lis_os_work *work)
{
	lis_queue_delayed(work->queue, &work->item, 0);
}

void lis_os_work_submit_after(struct lis_os_work *work, uint32_t delay_ms)
{
	lis_queue_delayed(work->queue, &work->item, msecs_to_jiffies(delay_ms));
}

void lis_os_work_cancel(struct lis_os_work *work)
{
	lis_cancel_delayed_sync(work->queue, &work->item);
}

struct lis_os_softirq {
	struct tasklet_struct tasklet;
	void (*run)(void *context);
	void *context;
};

static void softirq_run(unsigned long data)
{
	struct lis_os_softirq *softirq = (struct lis_os_softirq *)data;

	softirq->run(softirq->context);
}

struct lis_os_softirq *lis_os_softirq_create(void (*run)(void *context), void *context)
{
	struct lis_os_softirq *softirq = kzalloc(sizeof(*softirq), GFP_KERNEL);

	if (!softirq)
		return NULL;
	softirq->run = run;
	softirq->context = context;
	tasklet_init(&softirq->tasklet, softirq_run, (unsigned long)softirq);
	return softirq;
}

void lis_os_softirq_destroy(struct lis_os_softirq *softirq)
{
	if (!softirq)
		return;
	tasklet_kill(&softirq->tasklet);
	kfree(softirq);
}

void lis_os_softirq_schedule(struct lis_os_softirq *softirq)
{
	tasklet_schedule(&softirq->tasklet);
}

void lis_os_softirq_disable(struct lis_os_softirq *softirq)
{
	tasklet_disable(&softirq->tasklet);
}

void lis_os_softirq_enable(struct lis_os_softirq *softirq)
{
	tasklet_enable(&softirq->tasklet);
}
