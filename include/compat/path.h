/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a path exists; kernels older than 2.6.28 cannot say. */
#ifndef LIS_COMPAT_PATH_H
#define LIS_COMPAT_PATH_H

#include <compat/compat.h>

#ifdef LIS_HAVE_KERN_PATH

#include <linux/namei.h>
#include <linux/path.h>

static inline bool lis_path_exists(const char *name)
{
	struct path found;

	if (kern_path(name, 0, &found))
		return false;
	path_put(&found);
	return true;
}

#else

static inline bool lis_path_exists(const char *name)
{
	return false;
}

#endif
#endif
