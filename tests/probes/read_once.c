/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.19. Back-ported to RHEL 6.10 and 7.3.
 */
#include <linux/module.h>

int lis_probe(int *p) { return READ_ONCE(*p); }
