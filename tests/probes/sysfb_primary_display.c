/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 7.0: the screen that firmware set up; screen_info before.
 */
#include <linux/screen_info.h>
#include <linux/sysfb.h>

u32 lis_probe(void) { return sysfb_primary_display.screen.lfb_base; }
