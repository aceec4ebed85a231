/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Until 6.x: a variable of the architecture.
 */
#include <linux/types.h>
#include <linux/screen_info.h>

u32 lis_probe(void) { return screen_info.lfb_base + VIDEO_TYPE_EFI; }
