// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.24: lists of pages are chained, and their members asked for. */
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "probe.h"

LIS_PROBE_TYPE(sg_page((struct scatterlist *)0), struct page *);
LIS_PROBE_TYPE(sg_next((struct scatterlist *)0), struct scatterlist *);
