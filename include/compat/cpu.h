/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU numbers, calls to another CPU, and holding hot plug off. */
#ifndef LIS_COMPAT_CPU_H
#define LIS_COMPAT_CPU_H

#include <compat/compat.h>

#include <linux/sched.h> /* first: 2.6.18 defines numa_node_id() in an order that matters */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/smp.h>
#include <linux/topology.h>

#ifdef LIS_HAVE_CPUS_READ_LOCK
#define lis_cpus_read_lock() cpus_read_lock()
#define lis_cpus_read_unlock() cpus_read_unlock()
#elif defined(LIS_HAVE_GET_ONLINE_CPUS)
#define lis_cpus_read_lock() get_online_cpus()
#define lis_cpus_read_unlock() put_online_cpus()
#else
#define lis_cpus_read_lock() lock_cpu_hotplug()
#define lis_cpus_read_unlock() unlock_cpu_hotplug()
#endif

#ifdef LIS_HAVE_NR_CPU_IDS
#define lis_nr_cpus() nr_cpu_ids
#else
#define lis_nr_cpus() NR_CPUS
#endif

#if !defined(LIS_HAVE_SMP_CALL_FUNCTION_SINGLE_4) && !defined(LIS_HAVE_SMP_CALL_FUNCTION_SINGLE_5)
struct lis_cpu_call {
	int cpu;
	void (*run)(void *);
	void *context;
};

static inline void lis_cpu_call_answer(void *data)
{
	struct lis_cpu_call *call = data;

	if (smp_processor_id() == call->cpu)
		call->run(call->context);
}
#endif

/* Runs there with interrupts off and waits; also on the calling CPU. 0 or a negative error. */
static inline int lis_call_on_cpu(unsigned int cpu, void (*run)(void *), void *context)
{
#ifdef LIS_HAVE_SMP_CALL_FUNCTION_SINGLE_4
	return smp_call_function_single(cpu, run, context, 1);
#else
	unsigned long flags;
	int result = 0;

	if (get_cpu() == cpu) {
		local_irq_save(flags);
		run(context);
		local_irq_restore(flags);
	} else {
#ifdef LIS_HAVE_SMP_CALL_FUNCTION_SINGLE_5
		result = smp_call_function_single(cpu, run, context, 0, 1);
#else
		/* All are asked, one answers. */
		struct lis_cpu_call call = { cpu, run, context };

		result = smp_call_function(lis_cpu_call_answer, &call, 0, 1);
#endif
	}
	put_cpu();
	return result;
#endif
}

#endif
