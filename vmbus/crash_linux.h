/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host hears of a panic, and how the bus is left to a kexec'ed kernel. */
#ifndef VMBUS_CRASH_LINUX_H
#define VMBUS_CRASH_LINUX_H

#include <linux/types.h>

struct pt_regs;
struct vmbus_core_host;

/* After the connection stands. */
int crash_hooks_install(const struct vmbus_core_host *host);
/* Nothing of ours is called any more when it returns. */
void crash_hooks_remove(void);

/* The machine panics or is left by kexec: interrupts only look for UNLOAD's answer. Any context. */
bool crash_in_progress(void);

/* The report (crash_report_linux.c). */
int crash_report_init(const struct vmbus_core_host *host);
void crash_report_exit(void);
/* Panicking, after UNLOAD: writes the registers, unless the log is to follow. */
void crash_report_registers(void);

#endif
