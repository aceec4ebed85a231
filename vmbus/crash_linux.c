// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/panic.h>

#include <linux/notifier.h>
#include <linux/smp.h>

#ifdef LIS_HAVE_HV_SETUP_KEXEC_HANDLER
#include <asm/mshyperv.h>
#endif

#include "cpu_hotplug_linux.h"
#include "crash_linux.h"
#include "hypervisor_linux.h"
#include "stimer_linux.h"
#include "vmbus_core.h"

static bool leaving;

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

/* Process context, every CPU running, the devices shut down; the kernel then stops the CPUs. */
static void kexec_event(void)
{
	stimer_stop_for_kexec();
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
	/* No timer messages either from here on; the clock event itself needs a lock. */
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
