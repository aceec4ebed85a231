// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: hv_vmbus's own log lines, and the numbers of errors. */
#include <compat/compat.h>
#include <compat/os_log.h>

#include <linux/errno.h>

LIS_DEFINE_OS_LOG

/* Shims hand error numbers to cores and back unchanged. */
#define LIS_SAME_ERROR(name) BUILD_BUG_ON((int)LIS_##name != name)

static void LIS_UNUSED errors_are_the_kernels(void)
{
	LIS_SAME_ERROR(EPERM);
	LIS_SAME_ERROR(ENOENT);
	LIS_SAME_ERROR(EINTR);
	LIS_SAME_ERROR(EIO);
	LIS_SAME_ERROR(EAGAIN);
	LIS_SAME_ERROR(ENOMEM);
	LIS_SAME_ERROR(EBUSY);
	LIS_SAME_ERROR(EEXIST);
	LIS_SAME_ERROR(ENODEV);
	LIS_SAME_ERROR(EINVAL);
	LIS_SAME_ERROR(ENOSPC);
	LIS_SAME_ERROR(EPROTO);
	LIS_SAME_ERROR(EBADMSG);
	LIS_SAME_ERROR(EMSGSIZE);
	LIS_SAME_ERROR(EOPNOTSUPP);
	LIS_SAME_ERROR(ENOBUFS);
	LIS_SAME_ERROR(ESHUTDOWN);
	LIS_SAME_ERROR(ETIMEDOUT);
	LIS_SAME_ERROR(ECONNREFUSED);
}
