/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls and VP indices: the kernel's own where it has them
 * (hypervisor_kernel_linux.c), else ours (hypervisor_own_linux.c).
 */
#ifndef VMBUS_HYPERVISOR_LINUX_H
#define VMBUS_HYPERVISOR_LINUX_H

#include <compat/compat.h>

#if defined(LIS_HAVE_HV_DO_HYPERCALL) && defined(LIS_HAVE_HV_DO_FAST_HYPERCALL8) && \
	defined(LIS_HAVE_HV_IS_HYPERV_INITIALIZED) && defined(LIS_HAVE_HV_CPU_NUMBER_TO_VP_NUMBER)
#define LIS_HYPERCALLS_OF_KERNEL 1
#endif

/* 0 when hypercalls can be made, else a negative error that was said in the log. */
int hypervisor_claim(void);
/* After the last hypercall. */
void hypervisor_release(void);
/* The same for a kernel that is left as it is: the next one finds the interface free. Any context. */
void hypervisor_leave(void);
/* On a CPU that comes up, before it is used for anything here. */
void hypervisor_cpu_starting(unsigned int cpu);

#endif
