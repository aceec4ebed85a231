// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns what. "kernel": set up at boot, and here only used through its accessor.
 *
 *                         5.10 to 7.2, EL8     EL7.9                EL7.3, EL6.10
 *  hypercall page         kernel               kernel               hypervisor_own
 *  guest OS id            kernel               kernel               hypervisor_own
 *  VP index map           kernel               kernel               hypervisor_own
 *  vector, its entry      kernel; its handler is ours while loaded (interrupt)
 *  EOI                    kernel, or the SINT's auto-EOI without the hint (interrupt)
 *  synthetic timers       kernel, in direct     nobody               nobody
 *                         mode only; silenced
 *                         for kexec (crash)
 *  crash report, sysctl   kernel, if it has the sysctl when we come; else crash_report
 *  kexec and crash hooks  crash
 *  interface off at kexec kernel, or nobody     nobody               hypervisor_own
 *  CPU hot plug           cpu_hotplug
 *  interrupt entropy      interrupt            interrupt            nobody
 *  DMA set-up             device: all memory, coherent
 *
 * Without direct mode synthetic timers would need the bus, and leave with it. They are not
 * used: the local APIC's timer stays. When a better clock event comes, the kernel makes
 * that timer its broadcast device, and does not take it back when the better one leaves.
 * One CPU then has the 8254 for its clock, or none at all where there is no 8254.
 *
 * "Interface off" are the guest OS id, the hypercall page and the reference TSC page.
 * EL7.9 and EL8 until 8.4 leave it to a bus driver, 5.10 and EL8.6 do it themselves.
 * It is not done here with hyperv_cleanup(), because no probe tells them apart: where
 * the kernel calls it, ours would come before the other CPUs are stopped, and 5.10 must
 * not have it twice (it takes a syscore entry off its list). The limit: on the former
 * both pages stay in place over a kexec until the next kernel sets its own. kdump's
 * kernel runs in other memory.
 */
#include <compat/compat.h>

#include <lis/os.h>

#include "interrupt_linux.h"
#include "ownership_linux.h"
#include "vmbus_core.h"

static const char *refusal(uint32_t platform)
{
	switch (platform) {
	case VMBUS_CORE_PLATFORM_GUEST:
		return NULL;
	case VMBUS_CORE_PLATFORM_NONE:
		return "this machine is not a Hyper-V guest";
	case VMBUS_CORE_PLATFORM_NO_SYNIC:
		return "the hypervisor offers no hypercalls, VP index or SynIC";
	case VMBUS_CORE_PLATFORM_ROOT:
		return "the root partition is not supported";
	case VMBUS_CORE_PLATFORM_ISOLATED:
		return "isolated guests are not supported";
	}
	return "the hypervisor is not known";
}

int ownership_check(const struct vmbus_core_host *host)
{
	const char *reason = refusal(host->platform);

	if (reason) {
		lis_os_log(LIS_OS_LOG_ERROR, "not loaded: %s", reason);
		return -ENODEV;
	}
	lis_os_log(LIS_OS_LOG_INFO, "Hyper-V Host Build:%u-%u.%u-%u-%u.%u", host->build, host->major, host->minor,
		   host->service_pack, host->service_branch, host->service_number);
	return interrupt_available();
}
