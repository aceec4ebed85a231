/* SPDX-License-Identifier: GPL-2.0-only */
/* The linear frame buffer that UEFI set up; size 0 where there is none or it cannot be known. */
#ifndef LIS_COMPAT_SCREEN_INFO_H
#define LIS_COMPAT_SCREEN_INFO_H

#include <compat/compat.h>

#if defined(LIS_HAVE_SYSFB_PRIMARY_DISPLAY)
#include <linux/sysfb.h>
#define LIS_SCREEN (sysfb_primary_display.screen)
#elif defined(LIS_HAVE_SCREEN_INFO)
#include <linux/screen_info.h>
#define LIS_SCREEN screen_info
#endif

#ifdef LIS_SCREEN

static inline u64 lis_screen_start(void)
{
	u64 start = LIS_SCREEN.lfb_base;

#ifdef VIDEO_CAPABILITY_64BIT_BASE
	if (LIS_SCREEN.capabilities & VIDEO_CAPABILITY_64BIT_BASE)
		start |= (u64)LIS_SCREEN.ext_lfb_base << 32;
#endif
	return start;
}

/* At least the 8 MiB that a synthetic video device takes. */
static inline u64 lis_screen_size(void)
{
	if (LIS_SCREEN.orig_video_isVGA != VIDEO_TYPE_EFI || lis_screen_start() == 0)
		return 0;
	return LIS_SCREEN.lfb_size > 0x800000 ? LIS_SCREEN.lfb_size : 0x800000;
}

#else

static inline u64 lis_screen_start(void)
{
	return 0;
}

static inline u64 lis_screen_size(void)
{
	return 0;
}

#endif
#endif
