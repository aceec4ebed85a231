/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors that cross a C interface: 0, or the negative of one of these. The
 * values are Linux's; vmbus/os_linux.c asserts that.
 */
#ifndef LIS_ERRORS_H
#define LIS_ERRORS_H

enum lis_errno {
	LIS_EPERM = 1,
	LIS_ENOENT = 2,
	LIS_EINTR = 4,
	LIS_EIO = 5,
	LIS_EAGAIN = 11,
	LIS_ENOMEM = 12,
	LIS_EBUSY = 16,
	LIS_EEXIST = 17,
	LIS_ENODEV = 19,
	LIS_EINVAL = 22,
	LIS_ENOSPC = 28,
	LIS_EPROTO = 71,
	LIS_EBADMSG = 74,
	LIS_EMSGSIZE = 90,
	LIS_EOPNOTSUPP = 95,
	LIS_ENOBUFS = 105,
	LIS_ESHUTDOWN = 108,
	LIS_ETIMEDOUT = 110,
	LIS_ECONNREFUSED = 111,
};

#endif
