/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lis_os_log of one module. hv_vmbus does not export it, because a line begins with
 * the name of the module that says it: exactly one shim of each module writes
 * LIS_DEFINE_OS_LOG.
 */
#ifndef LIS_COMPAT_OS_LOG_H
#define LIS_COMPAT_OS_LOG_H

#include <compat/compat.h>

#include <lis/os.h>

#ifdef LIS_HAVE_RATELIMIT_HEADER
#include <linux/ratelimit.h>
#define LIS_LOG_ALLOWED()                                              \
	({                                                             \
		static DEFINE_RATELIMIT_STATE(lis_limit, 5 * HZ, 10); \
		__ratelimit(&lis_limit);                               \
	})
#else
/* One budget for the whole kernel. */
#define LIS_LOG_ALLOWED() printk_ratelimit()
#endif

/*
 * Not printk(): that is marked cold, and what its callers become then is more than
 * the objtool of RHEL 7 and 8 follows.
 */
static LIS_UNUSED LIS_PRINTF(1, 2) void lis_os_log_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintk(format, arguments);
	va_end(arguments);
}

/* Lines may come from any context, so they are put together on the stack. */
static inline void lis_os_log_line(uint32_t level, const char *format, va_list arguments)
{
	static const char *const priority[] = { KERN_ERR, KERN_WARNING, KERN_INFO, KERN_DEBUG };
	char line[256];

	vsnprintf(line, sizeof(line), format, arguments);
	lis_os_log_print("%s" KBUILD_MODNAME ": %s\n",
			 priority[level <= LIS_OS_LOG_DEBUG ? level : LIS_OS_LOG_ERROR], line);
}

#define LIS_DEFINE_OS_LOG                                                \
	void lis_os_log(uint32_t level, const char *format, ...)         \
	{                                                                \
		va_list arguments;                                       \
                                                                         \
		va_start(arguments, format);                             \
		lis_os_log_line(level, format, arguments);               \
		va_end(arguments);                                       \
	}                                                                \
                                                                         \
	void lis_os_log_limited(uint32_t level, const char *format, ...) \
	{                                                                \
		va_list arguments;                                       \
                                                                         \
		if (!LIS_LOG_ALLOWED())                                  \
			return;                                          \
		va_start(arguments, format);                             \
		lis_os_log_line(level, format, arguments);               \
		va_end(arguments);                                       \
	}

#endif
