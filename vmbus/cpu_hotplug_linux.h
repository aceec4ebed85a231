/* SPDX-License-Identifier: GPL-2.0-only */
/* The SynIC of every CPU, and of those that come and go. */
#ifndef VMBUS_CPU_HOTPLUG_LINUX_H
#define VMBUS_CPU_HOTPLUG_LINUX_H

/* Turns the SynIC on on every CPU that is online. On an error it is off everywhere. */
int cpu_hotplug_start(void);
/* Turns it off everywhere. The host is disconnected. */
void cpu_hotplug_stop(void);

/* Interrupts off, on the only CPU that runs: before and after a memory image is taken. */
void cpu_hotplug_freeze(void);
void cpu_hotplug_thaw(void);

#endif
