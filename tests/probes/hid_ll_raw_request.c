// SPDX-License-Identifier: GPL-2.0-only
/* hid_ll_driver.raw_request. 3.15 and RHEL 7: new, and without it no device is added. */
#include <linux/hid.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct hid_ll_driver, raw_request,
		 int (*)(struct hid_device *, unsigned char, __u8 *, size_t, unsigned char, int));
