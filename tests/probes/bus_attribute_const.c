/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.4: show() of a bus's attribute takes a const bus.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_attribute, show, ssize_t (*)(const struct bus_type *, char *));
