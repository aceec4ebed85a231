// SPDX-License-Identifier: GPL-2.0-only
/* Kernels that let no module handle the hypervisor's vector. */
#include <compat/compat.h>

#if !defined(LIS_HAVE_HV_SETUP_VMBUS_HANDLER) && !defined(LIS_HAVE_HV_SETUP_VMBUS_IRQ) && \
	!defined(LIS_HAVE_HV_SETUP_VMBUS_IRQ_NUMBER)

#include <lis/os.h>

#include "interrupt_linux.h"

int interrupt_available(void)
{
	lis_os_log(LIS_OS_LOG_ERROR, "not loaded: this kernel gives modules no Hyper-V interrupt vector");
	return -ENODEV;
}

uint32_t interrupt_vector(void)
{
	return 0;
}

uint32_t interrupt_auto_eoi(uint32_t hints)
{
	return 1;
}

int interrupt_install(void)
{
	return -ENODEV;
}

void interrupt_remove(void)
{
}

#endif
