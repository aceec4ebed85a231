// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels without hypercalls of their own: the guest OS id, the hypercall page and
 * the map of VP indices are ours (protocol.md 1.2, 1.3, 1.5).
 */
#include "hypervisor_linux.h"

#ifndef LIS_HYPERCALLS_OF_KERNEL

#include <compat/cpu.h>
#include <compat/msr.h>

#include <linux/mm.h>

#include <asm/io.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <lis/os.h>

#define MSR_GUEST_OS_ID 0x40000000
#define MSR_HYPERCALL 0x40000001
#define MSR_VP_INDEX 0x40000002

#define HYPERCALL_ENABLE 1ULL
/* Open source, Linux; the kernel's version follows in bits 47:16. */
#define GUEST_OS_LINUX 0x8100000000000000ULL
#define HYPERCALL_FAST (1ULL << 16)
#define STATUS_NO_PAGE 0x02 /* invalid hypercall code */
#define OPCODE_RET 0xc3

static void *hypercall_page;
static uint32_t *vp_index;

int hypervisor_claim(void)
{
	if (lis_rdmsr(MSR_HYPERCALL) & HYPERCALL_ENABLE) {
		lis_os_log(LIS_OS_LOG_ERROR,
			   "not loaded: the hypercall page is in use, and this kernel gives modules no way to it");
		return -EBUSY;
	}
	vp_index = kzalloc(lis_nr_cpus() * sizeof(*vp_index), GFP_KERNEL);
	if (!vp_index)
		return -ENOMEM;
	hypercall_page = __vmalloc(PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL_EXEC);
	if (!hypercall_page) {
		kfree(vp_index);
		return -ENOMEM;
	}
	/* What shows when the hypervisor takes its page away under a CPU that still calls it. */
	memset(hypercall_page, OPCODE_RET, PAGE_SIZE);
	lis_wrmsr(MSR_GUEST_OS_ID, GUEST_OS_LINUX | (u64)LIS_KERNEL_VERSION << 16);
	lis_wrmsr(MSR_HYPERCALL, ((u64)vmalloc_to_pfn(hypercall_page) << PAGE_SHIFT) | HYPERCALL_ENABLE);
	if (lis_rdmsr(MSR_HYPERCALL) & HYPERCALL_ENABLE)
		return 0;
	lis_os_log(LIS_OS_LOG_ERROR, "not loaded: the hypervisor refuses the hypercall page");
	hypervisor_release();
	return -ENODEV;
}

void hypervisor_leave(void)
{
	lis_wrmsr(MSR_HYPERCALL, 0);
	lis_wrmsr(MSR_GUEST_OS_ID, 0);
}

void hypervisor_release(void)
{
	/* The hypervisor must let go of the page before it is anybody else's. */
	hypervisor_leave();
	vfree(hypercall_page);
	hypercall_page = NULL;
	kfree(vp_index);
	vp_index = NULL;
}

void hypervisor_cpu_starting(unsigned int cpu)
{
	vp_index[cpu] = (uint32_t)lis_rdmsr(MSR_VP_INDEX);
}

static uint64_t hypercall(uint64_t control, uint64_t input)
{
	uint64_t status;

	if (!hypercall_page)
		return STATUS_NO_PAGE;
#ifdef CONFIG_X86_64
	{
		/* No output: R8 is 0. */
		register uint64_t output asm("r8") = 0;

		asm volatile("call *%[page]"
			     : "=a"(status), "+c"(control), "+d"(input), "+r"(output)
			     : [page] "m"(hypercall_page)
			     : "cc", "memory", "r9", "r10", "r11");
	}
#else
	{
		uint32_t input_low = (uint32_t)input, input_high = (uint32_t)(input >> 32);
		uint32_t output_low = 0, output_high = 0;

		asm volatile("call *%[page]"
			     : "=A"(status), "+c"(input_low), "+b"(input_high), "+D"(output_high), "+S"(output_low)
			     : "0"(control), [page] "m"(hypercall_page)
			     : "cc", "memory");
	}
#endif
	return status;
}

uint64_t lis_os_hypercall(uint64_t control, void *input)
{
	return hypercall(control, input ? virt_to_phys(input) : 0);
}

uint64_t lis_os_hypercall_fast8(uint64_t control, uint64_t input)
{
	return hypercall(control | HYPERCALL_FAST, input);
}

uint32_t lis_os_cpu_vp_index(uint32_t cpu)
{
	return vp_index[cpu];
}

#endif
