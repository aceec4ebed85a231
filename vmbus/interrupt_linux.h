/* SPDX-License-Identifier: GPL-2.0-only */
/* The vector that SINT2 raises, and its handler. */
#ifndef VMBUS_INTERRUPT_LINUX_H
#define VMBUS_INTERRUPT_LINUX_H

#include <linux/types.h>

/* 0, or a negative error that was said in the log: this kernel has no hook for it. */
int interrupt_available(void);
uint32_t interrupt_vector(void);
/* 1: the kernel's entry for the vector writes no EOI, so that the hypervisor must. hints: CPUID. */
uint32_t interrupt_auto_eoi(uint32_t hints);

int interrupt_install(void);
/* SINT2 is masked on every CPU. */
void interrupt_remove(void);

#endif
