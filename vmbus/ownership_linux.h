/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns which part of the Hyper-V interface on this kernel. */
#ifndef VMBUS_OWNERSHIP_LINUX_H
#define VMBUS_OWNERSHIP_LINUX_H

struct vmbus_core_host;

/* 0 if the bus may be driven here, else a negative error that was said in one sentence. */
int ownership_check(const struct vmbus_core_host *host);

#endif
