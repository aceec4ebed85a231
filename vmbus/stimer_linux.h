/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's clock event on synthetic timer 0. In direct mode it has a vector of
 * its own and no need of the bus. Without direct mode it expires as a SynIC message:
 * then the bus starts it on every CPU that has a working SynIC and stops it before
 * the SynIC goes.
 */
#ifndef VMBUS_STIMER_LINUX_H
#define VMBUS_STIMER_LINUX_H

#include <linux/types.h>

struct vmbus_core_host;

/* Whether it expires by message. */
bool stimer_init(const struct vmbus_core_host *host);
/* Process context, on that CPU. */
void stimer_start(unsigned int cpu);
/* Process context. */
void stimer_stop(unsigned int cpu);
/* Hard interrupt: the timer's message was consumed on this CPU. */
void stimer_expired(void);
/*
 * Interrupts off; the SynIC is on again on this CPU. The kernel's clock runs since
 * before that: what expired in between was told to nobody, and would be the last event.
 */
void stimer_catch_up(void);
/* Before a kexec: the next kernel starts with silent timers. */
void stimer_stop_for_kexec(void);

#endif
