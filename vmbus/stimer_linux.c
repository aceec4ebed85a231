// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>

#include <linux/irqflags.h>
#include <linux/percpu.h>

#include "stimer_linux.h"
#include "vmbus_core.h"

#ifdef LIS_HAVE_HV_STIMER_LEGACY_INIT

#include <clocksource/hyperv_timer.h>

#define FEATURE_STIMER (1u << 3)
#define MISC_STIMER_DIRECT (1u << 19)

static bool by_message;
static DEFINE_PER_CPU(bool, running);

bool stimer_init(const struct vmbus_core_host *host)
{
	by_message = (host->features & FEATURE_STIMER) && !(host->misc_features & MISC_STIMER_DIRECT);
	return by_message;
}

void stimer_start(unsigned int cpu)
{
	unsigned long flags;

	if (!by_message)
		return;
	/* It may expire at once: the only event would be lost if it were not known yet. */
	local_irq_save(flags);
	hv_stimer_legacy_init(cpu, VMBUS_CORE_TIMER_SINT);
	per_cpu(running, cpu) = true;
	local_irq_restore(flags);
}

void stimer_stop(unsigned int cpu)
{
	if (!by_message || !per_cpu(running, cpu))
		return;
	/* The local APIC's timer takes over; the clock event can be started again later. */
	hv_stimer_legacy_cleanup(cpu);
	per_cpu(running, cpu) = false;
}

void stimer_expired(void)
{
	/* A host may send the message without a timer. */
	if (this_cpu_read(running))
		hv_stimer0_isr();
}

void stimer_catch_up(void)
{
	/* Nothing is due, perhaps: then it is programmed anew. */
	stimer_expired();
}

void stimer_stop_for_kexec(void)
{
	hv_stimer_global_cleanup();
}

#else

/* Either the kernel has no such clock event, or none that a module may drive. */
bool stimer_init(const struct vmbus_core_host *host)
{
	return false;
}

void stimer_start(unsigned int cpu)
{
}

void stimer_stop(unsigned int cpu)
{
}

void stimer_expired(void)
{
}

void stimer_catch_up(void)
{
}

void stimer_stop_for_kexec(void)
{
}

#endif
