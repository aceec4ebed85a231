/* SPDX-License-Identifier: GPL-2.0-only */
/* One switch (0 or 1) below /proc/sys/kernel; kernels older than 3.3 go without. */
#ifndef LIS_COMPAT_SYSCTL_H
#define LIS_COMPAT_SYSCTL_H

#include <compat/compat.h>

#if defined(CONFIG_SYSCTL) && (defined(LIS_HAVE_REGISTER_SYSCTL) || defined(LIS_HAVE_REGISTER_SYSCTL_SZ))

#include <linux/sysctl.h>

struct lis_sysctl {
	struct ctl_table table[2]; /* the second is empty */
	struct ctl_table_header *header;
	int zero, one;
};

/* 0, or -ENOMEM; that also if there is one of this name. */
static inline int lis_sysctl_add(struct lis_sysctl *sysctl, const char *name, int *value)
{
	sysctl->zero = 0;
	sysctl->one = 1;
	sysctl->table[0] = (struct ctl_table){
		.procname = name,
		.data = value,
		.maxlen = sizeof(*value),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = &sysctl->zero,
		.extra2 = &sysctl->one,
	};
#ifdef LIS_HAVE_REGISTER_SYSCTL_SZ
	sysctl->header = register_sysctl_sz("kernel", sysctl->table, 1);
#else
	sysctl->header = register_sysctl("kernel", sysctl->table);
#endif
	return sysctl->header ? 0 : -ENOMEM;
}

static inline void lis_sysctl_remove(struct lis_sysctl *sysctl)
{
	unregister_sysctl_table(sysctl->header);
}

#else

struct lis_sysctl {
	int unused;
};

static inline int lis_sysctl_add(struct lis_sysctl *sysctl, const char *name, int *value)
{
	return 0;
}

static inline void lis_sysctl_remove(struct lis_sysctl *sysctl)
{
}

#endif
#endif
