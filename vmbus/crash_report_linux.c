// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crash report (protocol.md 1.9), where the kernel makes none: registers, or the
 * end of the log if the host takes it. One report; the sysctl
 * kernel.hyperv_record_panic_msg says whether the log may leave the machine.
 */
#include <compat/compat.h>
#include <compat/kmsg_dump.h>
#include <compat/msr.h>
#include <compat/panic.h>
#include <compat/path.h>
#include <compat/regs.h>
#include <compat/sysctl.h>

#include <linux/mm.h>

#include <asm/io.h>

#include "crash_linux.h"
#include "vmbus_core.h"

#define MSR_GUEST_OS_ID 0x40000000
#define MSR_CRASH_P0 0x40000100 /* P0 to P4 */
#define MSR_CRASH_CTL 0x40000105
#define CRASH_NOTIFY (1ULL << 63)
#define CRASH_NOTIFY_MESSAGE (1ULL << 62)
#define MISC_CRASH_MSRS (1u << 10)

enum crash_owner {
	CRASH_KERNEL,	 /* the kernel reports, or nobody can */
	CRASH_REGISTERS, /* we, without text */
	CRASH_MESSAGE,	 /* we, with text */
};

static enum crash_owner owner;
static int record_message = 1;
static struct lis_sysctl record_message_sysctl;
static unsigned int reported;

/* Of the last oops: what the panic that follows it reports. */
static struct {
	unsigned long error, ip, ax, sp;
} last_oops;

static void report(const uint64_t parameters[5], uint64_t control)
{
	unsigned int i;

	if (xchg(&reported, 1))
		return;
	for (i = 0; i < 5; i++)
		lis_wrmsr(MSR_CRASH_P0 + i, parameters[i]);
	lis_wrmsr(MSR_CRASH_CTL, control);
}

void crash_report_registers(void)
{
	const uint64_t parameters[5] = { last_oops.error, lis_rdmsr(MSR_GUEST_OS_ID), last_oops.ip,
					 last_oops.ax, last_oops.sp };

	if (owner == CRASH_KERNEL || (owner == CRASH_MESSAGE && record_message))
		return;
	report(parameters, CRASH_NOTIFY);
}

static int die_event(struct notifier_block *block, unsigned long event, void *arguments)
{
	const struct die_args *die = arguments;

	if (event == DIE_OOPS && die->regs) {
		last_oops.error = die->err;
		last_oops.ip = LIS_REGS(die->regs, ip);
		last_oops.ax = LIS_REGS(die->regs, ax);
		last_oops.sp = LIS_REGS(die->regs, sp);
	}
	return NOTIFY_DONE;
}

static struct notifier_block die_block = { .notifier_call = die_event };

#ifdef LIS_KMSG_DUMP

static void *message_page;

/* After the panic notifiers, and so after UNLOAD. */
static void dump_log(LIS_KMSG_DUMP_ARGUMENTS)
{
	uint64_t parameters[5] = { 0, 0, 0, 0, 0 };

	if (!record_message)
		return;
	parameters[4] = lis_kmsg_tail(dumper, message_page, PAGE_SIZE);
	if (parameters[4] != 0)
		parameters[3] = virt_to_phys(message_page);
	report(parameters, CRASH_NOTIFY | CRASH_NOTIFY_MESSAGE);
}

static struct kmsg_dumper log_dumper = {
	.dump = dump_log,
	.max_reason = KMSG_DUMP_PANIC,
};

static int message_init(void)
{
	int result;

	message_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!message_page)
		return -ENOMEM;
	result = kmsg_dump_register(&log_dumper);
	if (result) {
		free_page((unsigned long)message_page);
		message_page = NULL;
	}
	return result;
}

static void message_exit(void)
{
	kmsg_dump_unregister(&log_dumper);
	free_page((unsigned long)message_page);
	message_page = NULL;
}

#endif

int crash_report_init(const struct vmbus_core_host *host)
{
	int result;

	owner = CRASH_KERNEL;
	/* The kernels that report have the sysctl from boot on. */
	if (!(host->misc_features & MISC_CRASH_MSRS) || lis_path_exists("/proc/sys/kernel/hyperv_record_panic_msg"))
		return 0;
	result = lis_sysctl_add(&record_message_sysctl, "hyperv_record_panic_msg", &record_message);
	if (result)
		return result;
	result = register_die_notifier(&die_block);
	if (result)
		goto remove_sysctl;
#ifdef LIS_KMSG_DUMP
	if (lis_rdmsr(MSR_CRASH_CTL) & CRASH_NOTIFY_MESSAGE) {
		result = message_init();
		if (result)
			goto remove_die;
		owner = CRASH_MESSAGE;
		return 0;
	}
#endif
	owner = CRASH_REGISTERS;
	return 0;

#ifdef LIS_KMSG_DUMP
remove_die:
	unregister_die_notifier(&die_block);
#endif
remove_sysctl:
	lis_sysctl_remove(&record_message_sysctl);
	return result;
}

void crash_report_exit(void)
{
	if (owner == CRASH_KERNEL)
		return;
#ifdef LIS_KMSG_DUMP
	if (owner == CRASH_MESSAGE)
		message_exit();
#endif
	unregister_die_notifier(&die_block);
	lis_sysctl_remove(&record_message_sysctl);
}
