/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor is a pointer. RHEL 6.4 to 7.9.
 */
#include <linux/types.h>
#include <asm/hypervisor.h>

int lis_probe(void) { return x86_hyper == &x86_hyper_ms_hyperv; }
