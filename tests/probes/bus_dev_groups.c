/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_device_attributes, required: one
 * 3.12: attribute groups of a bus's devices. Back-ported to RHEL 7.3 or before.
 */
#include <linux/device.h>
#include "probe.h"

int lis_probe(struct bus_type *bus) { return bus->dev_groups != 0; }
