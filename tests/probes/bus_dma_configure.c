/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.18: a bus configures DMA of its devices.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, dma_configure, int (*)(struct device *));
