// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: ordered queues and work items. */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>

#include "lis_kunit.h"

/* A work item that a test can hold up, and that says what has become of it. */
struct job {
	struct lis_os_work *work;
	struct lis_os_event *begun, *go; /* NULL: does not wait */
	unsigned int runs;
	unsigned int order; /* when it ran last, counted in `clock` */
	atomic_t *clock;
	atomic_t running;
	bool overlapped;
	bool may_sleep;
	uint64_t at_ns;
};

static void job_run(void *context)
{
	struct job *job = context;

	if (atomic_inc_return(&job->running) != 1)
		job->overlapped = true;
	job->at_ns = lis_os_now_ns();
	job->may_sleep = in_task() && !irqs_disabled() && !in_atomic();
	WRITE_ONCE(job->runs, job->runs + 1);
	if (job->clock)
		job->order = atomic_inc_return(job->clock);
	if (job->begun)
		lis_os_event_set(job->begun);
	if (job->go && lis_os_wait(job->go, 20000))
		job->overlapped = true; /* nobody let it go: the test is at an end */
	atomic_dec(&job->running);
}

static void job_init(struct kunit *test, struct job *job, struct lis_os_queue *queue, bool held)
{
	memset(job, 0, sizeof(*job));
	if (held) {
		job->begun = lis_os_event_create();
		job->go = lis_os_event_create();
		KUNIT_ASSERT_NOT_NULL(test, job->begun);
		KUNIT_ASSERT_NOT_NULL(test, job->go);
	}
	job->work = lis_os_work_create(queue, job_run, job);
	KUNIT_ASSERT_NOT_NULL(test, job->work);
}

static void job_exit(struct job *job)
{
	lis_os_work_destroy(job->work);
	lis_os_event_destroy(job->begun);
	lis_os_event_destroy(job->go);
}

static struct lis_os_queue *queue_create(struct kunit *test)
{
	struct lis_os_queue *queue = lis_os_queue_create("lis_kunit");

	KUNIT_ASSERT_NOT_NULL(test, queue);
	return queue;
}

static void work_runs_in_process_context(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job;

	job_init(test, &job, queue, false);
	lis_os_work_submit(job.work);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	KUNIT_EXPECT_TRUE(test, job.may_sleep);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static void submitted_twice_it_runs_once(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job first, job;

	job_init(test, &first, queue, true);
	job_init(test, &job, queue, false);
	lis_os_work_submit(first.work);
	KUNIT_EXPECT_EQ(test, lis_os_wait(first.begun, 20000), 0);
	lis_os_work_submit(job.work);
	lis_os_work_submit(job.work);
	lis_os_work_submit_after(job.work, 1);
	lis_os_event_set(first.go);
	lis_os_queue_flush(queue);
	lis_os_sleep_ms(50);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	job_exit(&first);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static void submitted_while_running_it_runs_again(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job;

	job_init(test, &job, queue, true);
	lis_os_work_submit(job.work);
	KUNIT_EXPECT_EQ(test, lis_os_wait(job.begun, 20000), 0);
	lis_os_work_submit(job.work);
	lis_os_work_submit(job.work);
	lis_os_sleep_ms(20);
	KUNIT_EXPECT_EQ(test, READ_ONCE(job.runs), 1);
	lis_os_event_set(job.go);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 2);
	KUNIT_EXPECT_FALSE(test, job.overlapped);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

struct again {
	struct lis_os_work *work;
	unsigned int left;
};

static void run_again(void *context)
{
	struct again *again = context;

	if (--again->left)
		lis_os_work_submit(again->work);
}

static void an_item_may_submit_itself(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct again again = { .left = 5 };
	unsigned int i;

	again.work = lis_os_work_create(queue, run_again, &again);
	KUNIT_ASSERT_NOT_NULL(test, again.work);
	lis_os_work_submit(again.work);
	for (i = 0; i < 100 && READ_ONCE(again.left); i++)
		lis_os_sleep_ms(10);
	KUNIT_EXPECT_EQ(test, again.left, 0);
	lis_os_work_destroy(again.work);
	lis_os_queue_destroy(queue);
}

static void queue_keeps_the_order(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	atomic_t clock = ATOMIC_INIT(0);
	struct job first, job[12];
	unsigned int i, at;

	job_init(test, &first, queue, true);
	for (i = 0; i < ARRAY_SIZE(job); i++) {
		job_init(test, &job[i], queue, false);
		job[i].clock = &clock;
	}
	lis_os_work_submit(first.work);
	KUNIT_EXPECT_EQ(test, lis_os_wait(first.begun, 20000), 0);
	/* 7 generates all residues of 12: another order than that of creation. */
	for (i = 0; i < ARRAY_SIZE(job); i++)
		lis_os_work_submit(job[i * 7 % ARRAY_SIZE(job)].work);
	lis_os_event_set(first.go);
	lis_os_queue_flush(queue);
	for (i = 0; i < ARRAY_SIZE(job); i++) {
		at = i * 7 % ARRAY_SIZE(job);
		KUNIT_EXPECT_EQ(test, job[at].order, i + 1);
	}
	for (i = 0; i < ARRAY_SIZE(job); i++)
		job_exit(&job[i]);
	job_exit(&first);
	lis_os_queue_destroy(queue);
}

static void queues_do_not_wait_for_each_other(struct kunit *test)
{
	struct lis_os_queue *blocked = queue_create(test), *queue = queue_create(test);
	struct job first, job;

	job_init(test, &first, blocked, true);
	job_init(test, &job, queue, false);
	lis_os_work_submit(first.work);
	KUNIT_EXPECT_EQ(test, lis_os_wait(first.begun, 20000), 0);
	lis_os_work_submit(job.work);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	lis_os_event_set(first.go);
	job_exit(&first);
	job_exit(&job);
	lis_os_queue_destroy(blocked);
	lis_os_queue_destroy(queue);
}

static void queue_destroy_waits_for_what_is_queued(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(job); i++) {
		job_init(test, &job[i], queue, false);
		lis_os_work_submit(job[i].work);
	}
	lis_os_queue_destroy(queue);
	for (i = 0; i < ARRAY_SIZE(job); i++) {
		KUNIT_EXPECT_EQ(test, job[i].runs, 1);
		job_exit(&job[i]);
	}
}

static void delayed_work_is_not_early(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job;
	uint64_t begin;

	job_init(test, &job, queue, true);
	lis_os_event_set(job.go);
	begin = lis_os_now_ns();
	lis_os_work_submit_after(job.work, 60);
	KUNIT_EXPECT_EQ(test, lis_os_wait(job.begun, 20000), 0);
	lis_os_work_cancel(job.work);
	/* A tick of 10 ms may be almost over when it is counted. */
	KUNIT_EXPECT_GE(test, job.at_ns - begin, 50 * NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static void cancelled_before_its_time_it_never_runs(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job;

	job_init(test, &job, queue, false);
	lis_os_work_submit_after(job.work, 100);
	lis_os_work_cancel(job.work);
	lis_os_sleep_ms(250);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 0);
	/* Nothing to cancel; and it can be used again. */
	lis_os_work_cancel(job.work);
	lis_os_work_submit(job.work);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static int let_go_later(void *context)
{
	lis_os_sleep_ms(100);
	lis_os_event_set(context);
	return 0;
}

static void cancel_waits_for_the_running_item(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct lis_kunit_thread thread;
	struct job job;

	job_init(test, &job, queue, true);
	lis_os_work_submit(job.work);
	KUNIT_EXPECT_EQ(test, lis_os_wait(job.begun, 20000), 0);
	/* Queued once more: cancel takes that back too. */
	lis_os_work_submit(job.work);
	lis_kunit_thread_start(test, &thread, cpumask_first(cpu_online_mask), let_go_later, job.go);
	lis_os_work_cancel(job.work);
	KUNIT_EXPECT_EQ(test, atomic_read(&job.running), 0);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	KUNIT_EXPECT_FALSE(test, job.overlapped);
	lis_kunit_thread_join(&thread);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static void destroy_cancels(struct kunit *test)
{
	struct lis_os_queue *queue = queue_create(test);
	struct job job;

	job_init(test, &job, queue, false);
	lis_os_work_submit_after(job.work, 50);
	job_exit(&job);
	lis_os_sleep_ms(120); /* the item's memory is gone: KASAN sees a run */
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 0);
	lis_os_queue_destroy(queue);
}

struct submitter {
	struct irq_work interrupt;
	struct lis_os_work *work;
};

static void submit_in_interrupt(struct irq_work *work)
{
	struct submitter *submitter = container_of(work, struct submitter, interrupt);

	lis_os_work_submit(submitter->work);
}

static void an_interrupt_may_submit(struct kunit *test)
{
	struct submitter submitter = { .interrupt = IRQ_WORK_INIT_HARD(submit_in_interrupt) };
	struct lis_os_queue *queue = queue_create(test);
	struct job job;

	job_init(test, &job, queue, false);
	submitter.work = job.work;
	irq_work_queue(&submitter.interrupt);
	irq_work_sync(&submitter.interrupt);
	lis_os_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, job.runs, 1);
	KUNIT_EXPECT_TRUE(test, job.may_sleep);
	job_exit(&job);
	lis_os_queue_destroy(queue);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(work_runs_in_process_context),
	KUNIT_CASE(submitted_twice_it_runs_once),
	KUNIT_CASE(submitted_while_running_it_runs_again),
	KUNIT_CASE(an_item_may_submit_itself),
	KUNIT_CASE(queue_keeps_the_order),
	KUNIT_CASE(queues_do_not_wait_for_each_other),
	KUNIT_CASE(queue_destroy_waits_for_what_is_queued),
	KUNIT_CASE(delayed_work_is_not_early),
	KUNIT_CASE(cancelled_before_its_time_it_never_runs),
	KUNIT_CASE(cancel_waits_for_the_running_item),
	KUNIT_CASE(destroy_cancels),
	KUNIT_CASE(an_interrupt_may_submit),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_os_work",
	.test_cases = cases,
};
kunit_test_suite(suite);
