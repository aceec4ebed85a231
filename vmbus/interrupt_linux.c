// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/cpu.h>

#include "crash_linux.h"
#include "hypervisor_linux.h"
#include "interrupt_linux.h"
#include "vmbus_core.h"

#if defined(LIS_HAVE_HV_SETUP_VMBUS_HANDLER) || defined(LIS_HAVE_HV_SETUP_VMBUS_IRQ) || \
	defined(LIS_HAVE_HV_SETUP_VMBUS_IRQ_NUMBER)

#include <linux/interrupt.h>
#include <linux/random.h>

#include <asm/irq_vectors.h>
#include <asm/mshyperv.h>

/* Kernels without hypercalls of their own keep add_interrupt_randomness() to themselves. */
static void feed_entropy(void)
{
#if defined(LIS_HYPERCALLS_OF_KERNEL) && defined(LIS_HAVE_ADD_INTERRUPT_RANDOMNESS_1)
	add_interrupt_randomness(HYPERVISOR_CALLBACK_VECTOR);
#elif defined(LIS_HYPERCALLS_OF_KERNEL) && defined(LIS_HAVE_ADD_INTERRUPT_RANDOMNESS_2)
	add_interrupt_randomness(HYPERVISOR_CALLBACK_VECTOR, 0);
#elif defined(LIS_HYPERCALLS_OF_KERNEL) && defined(LIS_HAVE_ADD_INTERRUPT_RANDOMNESS_3)
	add_interrupt_randomness(HYPERVISOR_CALLBACK_VECTOR, 0, _RET_IP_);
#endif
}

static void handle_interrupt(void)
{
	if (crash_in_progress()) {
		vmbus_core_crash_interrupt(smp_processor_id());
		return;
	}
	vmbus_core_interrupt(smp_processor_id());
	feed_entropy();
}

int interrupt_available(void)
{
	return 0;
}

uint32_t interrupt_vector(void)
{
	return HYPERVISOR_CALLBACK_VECTOR;
}

uint32_t interrupt_auto_eoi(uint32_t hints)
{
	/* Kernels that know the hint write the EOI when it is set; older ones never do. */
#if defined(HV_DEPRECATING_AEOI_RECOMMENDED)
	return !(hints & HV_DEPRECATING_AEOI_RECOMMENDED);
#elif defined(HV_X64_DEPRECATING_AEOI_RECOMMENDED)
	return !(hints & HV_X64_DEPRECATING_AEOI_RECOMMENDED);
#else
	return 1;
#endif
}

int interrupt_install(void)
{
#if defined(LIS_HAVE_HV_SETUP_VMBUS_HANDLER)
	hv_setup_vmbus_handler(handle_interrupt);
	return 0;
#elif defined(LIS_HAVE_HV_SETUP_VMBUS_IRQ_NUMBER)
	return hv_setup_vmbus_irq(HYPERVISOR_CALLBACK_VECTOR, handle_interrupt);
#else
	hv_setup_vmbus_irq(handle_interrupt);
	return 0;
#endif
}

static void interrupt_pass(void *unused)
{
}

void interrupt_remove(void)
{
	/*
	 * The kernel tests its pointer to the handler and then calls through it,
	 * unlocked. So no CPU should be on its way there when it is cleared. Every SINT
	 * is masked; what was raised before waits in the local APIC, and is taken as
	 * soon as the CPU has answered the call. The call's vector has the higher
	 * priority, so the answer comes first, and the grace period gives it its time.
	 */
	on_each_cpu(interrupt_pass, NULL, 1);
	lis_os_quiesce();
#if defined(LIS_HAVE_HV_SETUP_VMBUS_HANDLER)
	hv_remove_vmbus_handler();
#else
	hv_remove_vmbus_irq();
#endif
	/* A handler that was called before that still uses the bus. */
	lis_os_quiesce();
}

#endif
