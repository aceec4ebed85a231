// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/cpu.h>

#include "cpu_hotplug_linux.h"
#include "crash_linux.h"
#include "hypervisor_linux.h"
#include "vmbus_core.h"

/* Only then may the bus keep a CPU from leaving: while it starts or stops nothing may fail. */
static bool started;

static void synic_on(void *unused)
{
	unsigned int cpu = smp_processor_id();

	hypervisor_cpu_starting(cpu);
	vmbus_core_synic_enable(cpu);
}

/* Interrupts off. */
static void synic_off(void *unused)
{
	unsigned int cpu = smp_processor_id();

	/*
	 * What the host has raised here would be lost with the pages. A kernel that is
	 * left polls the pages itself.
	 */
	vmbus_core_synic_mask(cpu);
	if (!crash_in_progress())
		vmbus_core_interrupt(cpu);
	vmbus_core_synic_disable(cpu);
}

void cpu_hotplug_freeze(void)
{
	synic_off(NULL);
}

void cpu_hotplug_thaw(void)
{
	synic_on(NULL);
}

#ifdef LIS_HAVE_CPUHP_SETUP_STATE

static int cpuhp_state;

static int cpu_online_here(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	synic_on(NULL);
	local_irq_restore(flags);
	return 0;
}

static int cpu_offline_here(unsigned int cpu)
{
	unsigned long flags;

	if (started && vmbus_core_cpu_may_go_offline(cpu))
		return -EBUSY;
	local_irq_save(flags);
	synic_off(NULL);
	local_irq_restore(flags);
	return 0;
}

int cpu_hotplug_start(void)
{
	cpuhp_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "hyperv/vmbus:online", cpu_online_here,
					cpu_offline_here);
	if (cpuhp_state < 0)
		return cpuhp_state;
	started = true;
	return 0;
}

void cpu_hotplug_stop(void)
{
	started = false;
	cpuhp_remove_state(cpuhp_state);
}

#else

static void cpu_on(unsigned int cpu)
{
	if (lis_call_on_cpu(cpu, synic_on, NULL))
		lis_os_log(LIS_OS_LOG_ERROR, "CPU %u did not turn its SynIC on", cpu);
}

static void cpu_off(unsigned int cpu)
{
	if (lis_call_on_cpu(cpu, synic_off, NULL))
		lis_os_log(LIS_OS_LOG_ERROR, "CPU %u did not turn its SynIC off", cpu);
}

static int cpu_event(struct notifier_block *block, unsigned long action, void *number)
{
	unsigned int cpu = (unsigned long)number;

	switch (action & ~0x10UL) { /* CPU_TASKS_FROZEN makes no difference */
	case CPU_ONLINE:
	case CPU_DOWN_FAILED:
		cpu_on(cpu);
		break;
	case CPU_DOWN_PREPARE:
		if (started && vmbus_core_cpu_may_go_offline(cpu))
			return NOTIFY_BAD;
		cpu_off(cpu);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block cpu_block = { .notifier_call = cpu_event };

int cpu_hotplug_start(void)
{
	unsigned int cpu;
	int result;

	/* First: a CPU that comes up in between is turned on twice, which does no harm. */
	result = register_cpu_notifier(&cpu_block);
	if (result)
		return result;
	lis_cpus_read_lock();
	for_each_online_cpu(cpu)
		cpu_on(cpu);
	lis_cpus_read_unlock();
	started = true;
	return 0;
}

void cpu_hotplug_stop(void)
{
	unsigned int cpu;

	started = false;
	unregister_cpu_notifier(&cpu_block);
	lis_cpus_read_lock();
	for_each_online_cpu(cpu)
		cpu_off(cpu);
	lis_cpus_read_unlock();
}

#endif
