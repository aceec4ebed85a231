/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the attached mouse is to this kernel: a device on its HID bus (hid_bus_linux.c),
 * or an input device (input_linux.c) where there is no such bus. Process context
 * unless a comment says more.
 */
#ifndef HID_HYPERV_LINUX_H
#define HID_HYPERV_LINUX_H

#include <linux/device.h>

#include "hid_hyperv_core.h"

struct attached_mouse;

int attached_mouse_init(void);
void attached_mouse_exit(void);

/* parent and description stay longer than the result. An ERR_PTR() if it fails. */
struct attached_mouse *attached_mouse_create(struct device *parent, const struct hid_hyperv_description *description);
/* No report comes any more. */
void attached_mouse_destroy(struct attached_mouse *mouse);
/* Softirq, one call at a time. */
void attached_mouse_report(struct attached_mouse *mouse, const uint8_t *report, uint32_t size);

#endif
