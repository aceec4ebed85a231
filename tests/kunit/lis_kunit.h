/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of lis_kunit share. The module is for the debug kernel of tests/rig
 * alone, so nothing here goes through include/compat.
 */
#ifndef LIS_KUNIT_H
#define LIS_KUNIT_H

#include <linux/completion.h>
#include <linux/kmsg_dump.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <kunit/test.h>

#include "kunit_core.h"

/* ---- the kernel's log ---- */

struct lis_kunit_log {
	struct kmsg_dump_iter at;
};

void lis_kunit_log_mark(struct lis_kunit_log *log);
/* How many lines since the mark contain text. */
unsigned int lis_kunit_log_count(const struct lis_kunit_log *log, const char *text);

/* ---- files, as a program sees them ---- */

/* Reads at most size-1 bytes and ends them with a 0. Their number, or a negative error. */
ssize_t lis_kunit_file_read(struct kunit *test, const char *path, char *text, size_t size);
/* 0 or a negative error. For files of sysfs. */
int lis_kunit_file_write(const char *path, const char *text);

/* ---- threads ---- */

struct lis_kunit_thread {
	int (*run)(void *context);
	void *context;
	int result;
	struct completion done;
};

/* Runs there until it returns; the test must join it. */
void lis_kunit_thread_start(struct kunit *test, struct lis_kunit_thread *thread, unsigned int cpu,
			    int (*run)(void *context), void *context);
/* What run has returned. */
int lis_kunit_thread_join(struct lis_kunit_thread *thread);
/* Another online CPU than this one; the test fails if there is none. */
unsigned int lis_kunit_other_cpu(struct kunit *test, unsigned int cpu);

/* ---- allocations that fail ---- */

/* The nth allocation of this thread from now on fails, once; 0: none. */
static inline void lis_kunit_fail_allocation(unsigned int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

/* Ends that. Whether one has failed. */
static inline bool lis_kunit_allocation_failed(void)
{
	bool failed = READ_ONCE(current->fail_nth) == 0;

	WRITE_ONCE(current->fail_nth, 0);
	return failed;
}

/* Fails the test if the kernel was not told to let allocations fail (see tests/rig/guest/kunit). */
void lis_kunit_require_injection(struct kunit *test);

#endif
