// SPDX-License-Identifier: GPL-2.0-only
/*
 * A HID bus for any transport. 2.6.27 and RHEL 6; before that HID was a part of USB.
 *
 * export: hid_allocate_device
 */
#include <linux/hid.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct hid_ll_driver, parse, int (*)(struct hid_device *));
LIS_PROBE_TYPE(hid_allocate_device(), struct hid_device *);
