// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: time, CPUs, CPUID and model specific registers. */
#include <compat/compat.h>
#include <compat/cpu.h>
#include <compat/msr.h>
#include <compat/sync.h>

#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/time.h>

#ifdef LIS_HAVE_ASM_CPUID_API
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

#include <lis/os.h>

#include "crash_linux.h"

uint64_t lis_os_now_ns(void)
{
#ifdef LIS_HAVE_KTIME_GET_MONO_FAST_NS
	/* The CPU that panicked may hold what ktime_get() waits for. */
	if (crash_in_progress())
		return ktime_get_mono_fast_ns();
#endif
#ifdef LIS_HAVE_KTIME_GET
	return ktime_to_ns(ktime_get());
#else
	return get_jiffies_64() * (1000000000ULL / HZ);
#endif
}

uint32_t lis_os_cpu_limit(void)
{
	return lis_nr_cpus();
}

int32_t lis_os_cpu_is_online(uint32_t cpu)
{
	return cpu < lis_nr_cpus() && cpu_online(cpu);
}

uint32_t lis_os_cpu_node(uint32_t cpu)
{
	int node = cpu_to_node(cpu);

	return node < 0 ? 0 : node;
}

uint32_t lis_os_cpu_pin(void)
{
	return get_cpu();
}

void lis_os_cpu_unpin(void)
{
	put_cpu();
}

void lis_os_cpus_lock(void)
{
	lis_cpus_read_lock();
}

void lis_os_cpus_unlock(void)
{
	lis_cpus_read_unlock();
}

int32_t lis_os_cpu_call(uint32_t cpu, void (*run)(void *context), void *context)
{
	if (!lis_os_cpu_is_online(cpu) || lis_call_on_cpu(cpu, run, context))
		return -LIS_ENODEV;
	return 0;
}

void lis_os_quiesce(void)
{
	lis_synchronize_interrupts();
}

void lis_os_cpuid(uint32_t leaf, uint32_t registers[4])
{
	cpuid(leaf, &registers[0], &registers[1], &registers[2], &registers[3]);
}

uint64_t lis_os_msr_read(uint32_t msr)
{
	return lis_rdmsr(msr);
}

void lis_os_msr_write(uint32_t msr, uint64_t value)
{
	lis_wrmsr(msr, value);
}
