// SPDX-License-Identifier: GPL-2.0-only
/* 5.8; frames have sizes since then. */
#include <net/xdp.h>

#include "probe.h"

LIS_PROBE_TYPE(&xdp_convert_buff_to_frame, struct xdp_frame *(*)(struct xdp_buff *));
