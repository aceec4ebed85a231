// SPDX-License-Identifier: GPL-2.0-only
/* Kernels that make hypercalls themselves and let modules do so. */
#include "hypervisor_linux.h"

#ifdef LIS_HYPERCALLS_OF_KERNEL

#include <asm/mshyperv.h>

#include <lis/os.h>

int hypervisor_claim(void)
{
	if (hv_is_hyperv_initialized())
		return 0;
	lis_os_log(LIS_OS_LOG_ERROR, "not loaded: this kernel has not set up Hyper-V's hypercalls at boot");
	return -ENODEV;
}

void hypervisor_release(void)
{
}

void hypervisor_leave(void)
{
}

void hypervisor_cpu_starting(unsigned int cpu)
{
}

uint64_t lis_os_hypercall(uint64_t control, void *input)
{
	return hv_do_hypercall(control, input, NULL);
}

uint64_t lis_os_hypercall_fast8(uint64_t control, uint64_t input)
{
	return hv_do_fast_hypercall8((u16)control, input);
}

uint32_t lis_os_cpu_vp_index(uint32_t cpu)
{
	return hv_cpu_number_to_vp_number(cpu);
}

#endif
