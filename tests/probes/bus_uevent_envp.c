/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_uevent, required: one
 * Until 2.6.23: the environment is an array and a buffer.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, uevent, int (*)(struct device *, char **, int, char *, int));
