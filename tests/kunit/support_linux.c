// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <compat/os_log.h>

#include "lis_kunit.h"

LIS_DEFINE_OS_LOG

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of lis-ng");

void lis_kunit_log_mark(struct lis_kunit_log *log)
{
	kmsg_dump_rewind(&log->at);
	log->at.cur_seq = log->at.next_seq;
}

unsigned int lis_kunit_log_count(const struct lis_kunit_log *log, const char *text)
{
	struct kmsg_dump_iter at = log->at;
	unsigned int count = 0;
	static char line[1024]; /* tests run one at a time */
	size_t length;

	at.next_seq = U64_MAX;
	while (kmsg_dump_get_line(&at, false, line, sizeof(line) - 1, &length)) {
		line[length] = 0;
		if (strstr(line, text))
			count++;
	}
	return count;
}

/* debugfs knows readers in user space only, so the thread gets a little of that. */
static ssize_t read_as_user(struct kunit *test, struct file *file, char *text, size_t size)
{
	unsigned long user = kunit_vm_mmap(test, NULL, 0, PAGE_ALIGN(size), PROT_READ | PROT_WRITE,
					   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	ssize_t length;

	KUNIT_ASSERT_FALSE(test, user == 0 || IS_ERR_VALUE(user));
	length = file->f_op->read(file, (char __user *)user, size, &file->f_pos);
	if (length > 0 && copy_from_user(text, (char __user *)user, length))
		return -EFAULT;
	return length;
}

ssize_t lis_kunit_file_read(struct kunit *test, const char *path, char *text, size_t size)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	ssize_t length;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (file->f_op->read)
		length = read_as_user(test, file, text, size - 1);
	else
		length = kernel_read(file, text, size - 1, &file->f_pos);
	filp_close(file, NULL);
	if (length >= 0)
		text[length] = 0;
	return length;
}

int lis_kunit_file_write(const char *path, const char *text)
{
	struct file *file = filp_open(path, O_WRONLY, 0);
	ssize_t length;

	if (IS_ERR(file))
		return PTR_ERR(file);
	length = kernel_write(file, text, strlen(text), &file->f_pos);
	filp_close(file, NULL);
	return length < 0 ? length : 0;
}

static int thread_main(void *context)
{
	struct lis_kunit_thread *thread = context;

	thread->result = thread->run(thread->context);
	/* Not before this the module may go. */
	kthread_complete_and_exit(&thread->done, 0);
}

void lis_kunit_thread_start(struct kunit *test, struct lis_kunit_thread *thread, unsigned int cpu,
			    int (*run)(void *context), void *context)
{
	struct task_struct *task;

	thread->run = run;
	thread->context = context;
	init_completion(&thread->done);
	task = kthread_create_on_cpu(thread_main, thread, cpu, "lis_kunit/%u");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wake_up_process(task);
}

int lis_kunit_thread_join(struct lis_kunit_thread *thread)
{
	wait_for_completion(&thread->done);
	return thread->result;
}

unsigned int lis_kunit_other_cpu(struct kunit *test, unsigned int cpu)
{
	unsigned int other = cpumask_any_but(cpu_online_mask, cpu);

	KUNIT_ASSERT_LT_MSG(test, other, nr_cpu_ids, "needs two CPUs");
	return other;
}

void lis_kunit_require_injection(struct kunit *test)
{
	void *memory;

	lis_kunit_fail_allocation(1);
	memory = kmalloc(64, GFP_KERNEL);
	lis_kunit_allocation_failed();
	kfree(memory);
	KUNIT_ASSERT_NULL_MSG(test, memory, "failslab ignores waiting allocations: see tests/rig/guest/kunit");
	lis_kunit_fail_allocation(1);
	memory = alloc_page(GFP_KERNEL);
	lis_kunit_allocation_failed();
	if (memory)
		__free_page(memory);
	KUNIT_ASSERT_NULL_MSG(test, memory, "fail_page_alloc spares single pages: see tests/rig/guest/kunit");
}
