// SPDX-License-Identifier: GPL-2.0-only
/* 4.10: a program polls, and interrupts are not needed. */
#include <linux/netdevice.h>

#include "probe.h"

LIS_PROBE_TYPE(NAPI_STATE_IN_BUSY_POLL, unsigned int);
