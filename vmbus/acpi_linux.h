/* SPDX-License-Identifier: GPL-2.0-only */
/* The bus's device in ACPI: the parent of all devices, and its MMIO windows. */
#ifndef VMBUS_ACPI_LINUX_H
#define VMBUS_ACPI_LINUX_H

#include <linux/types.h>

struct device;

/* 0, or a negative error that was said in the log: firmware describes no VMBus. */
int acpi_part_init(void);
void acpi_part_exit(void);
/* NULL where the kernel has no struct device for it. */
struct device *acpi_parent(void);

/* Called while ACPI is read; windows are [start, end]. */
void mmio_add_window(u64 start, u64 end);
bool mmio_has_windows(void);
/* Keeps allocations off the screen that firmware set up. */
void mmio_reserve_screen(void);
void mmio_forget(void);

#endif
