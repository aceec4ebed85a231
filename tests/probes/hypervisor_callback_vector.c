/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel reserves an interrupt vector for a hypervisor and is built for Hyper-V. RHEL 6.5 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/irq_vectors.h>

#if !defined(CONFIG_HYPERV) && !defined(CONFIG_HYPERV_MODULE)
#error "not built for Hyper-V"
#endif

int lis_probe = HYPERVISOR_CALLBACK_VECTOR;
