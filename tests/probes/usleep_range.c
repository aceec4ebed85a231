/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.36. Back-ported to RHEL 6.3 or before.
 */
#include <linux/delay.h>

void lis_probe(void) { usleep_range(1, 2); }
