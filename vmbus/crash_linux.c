// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/panic.h>

#include <linux/notifier.h>
#include <linux/smp.h>

#ifdef LIS_HAVE_HV_SETUP_KEXEC_HANDLER
#include <asm/mshyperv.h>
#endif
#ifdef LIS_HAVE_HV_STIMER_GLOBAL_CLEANUP
#include <clocksource/hyperv_timer.h>
#endif

#include "cpu_hotplug_linux.h"
#include "crash_linux.h"
#include "hypervisor_linux.h"
#include "vmbus_core.h"

#define FEATURE_STIMER (1u << 3)
#define MISC_STIMER_DIRECT (1u << 19)

static bool leaving;
static bool direct_timers;

bool crash_in_progress(void)
{
	return READ_ONCE(leaving);
}

static void crash_unload(void)
{
	if (leaving)
		return;
	/* From here on an interrupt only looks for the answer: locks may be held for ever. */
	WRITE_ONCE(leaving, true);
	vmbus_core_crash_unload();
}

/*
 * UNLOAD first: the host flushes its disks for it, and may reset the machine as
 * soon as it has the report.
 */
static int panic_event(struct notifier_block *block, unsigned long event, void *message)
{
	crash_unload();
	crash_report_registers();
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = panic_event,
	/* Almost last: the bus takes the disks with it. */
	.priority = INT_MIN + 1,
};

#ifdef LIS_HAVE_HV_SETUP_KEXEC_HANDLER

/*
 * The next kernel starts with silent timers. Only in direct mode has this one clock
 * events there, and the call is fatal where it has registered none.
 */
static void stop_direct_timers(void)
{
#ifdef LIS_HAVE_HV_STIMER_GLOBAL_CLEANUP
	if (direct_timers)
		hv_stimer_global_cleanup();
#endif
}

/* Process context, every CPU running, the devices shut down; the kernel then stops the CPUs. */
static void kexec_event(void)
{
	stop_direct_timers();
	WRITE_ONCE(leaving, true);
	lis_os_quiesce();
	lis_os_cpu_pin();
	vmbus_core_crash_unload();
	lis_os_cpu_unpin();
	cpu_hotplug_stop();
	hypervisor_leave();
}

/* kdump without panic notifiers. The other CPUs are still running. */
static void crash_event(struct pt_regs *registers)
{
	crash_unload();
	vmbus_core_synic_disable(raw_smp_processor_id());
	hypervisor_leave();
}

static void machine_hooks_install(void)
{
	hv_setup_kexec_handler(kexec_event);
	hv_setup_crash_handler(crash_event);
}

static void machine_hooks_remove(void)
{
	hv_remove_kexec_handler();
	hv_remove_crash_handler();
}

#else

static void machine_hooks_install(void)
{
}

static void machine_hooks_remove(void)
{
}

#endif

int crash_hooks_install(const struct vmbus_core_host *host)
{
	int result;

	direct_timers = (host->features & FEATURE_STIMER) && (host->misc_features & MISC_STIMER_DIRECT);
	result = crash_report_init(host);
	if (result)
		return result;
	result = atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	if (result) {
		crash_report_exit();
		return result;
	}
	machine_hooks_install();
	return 0;
}

void crash_hooks_remove(void)
{
	machine_hooks_remove();
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	crash_report_exit();
}
