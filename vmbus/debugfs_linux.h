/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/kernel/debug/hv_vmbus: what has been dropped and why, and who has which pages. */
#ifndef VMBUS_DEBUGFS_LINUX_H
#define VMBUS_DEBUGFS_LINUX_H

/* Never fails: the files are a help, and there may be no debugfs. */
void debugfs_part_init(void);
void debugfs_part_exit(void);

#endif
