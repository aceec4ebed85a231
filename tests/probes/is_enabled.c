/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IS_ENABLED. Back-ported to RHEL 6.6 or before.
 */
#include <linux/kconfig.h>

int lis_probe = IS_ENABLED(CONFIG_X86);
