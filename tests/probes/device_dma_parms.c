/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.25: struct device points at its DMA limits. Not in RHEL 5.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct device, dma_parms, struct device_dma_parameters *);
