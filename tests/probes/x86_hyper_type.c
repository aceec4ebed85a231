/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor is an enum. RHEL 8.0 and later.
 */
#include <linux/types.h>
#include <asm/hypervisor.h>

int lis_probe(void) { return x86_hyper_type == X86_HYPER_MS_HYPERV; }
