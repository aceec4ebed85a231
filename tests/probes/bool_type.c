/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.19. Back-ported to RHEL 5.1.
 */
#include <linux/types.h>

bool lis_probe;
