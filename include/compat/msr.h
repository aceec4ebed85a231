/* SPDX-License-Identifier: GPL-2.0-only */
/* Model specific registers, 64 bits at a time. */
#ifndef LIS_COMPAT_MSR_H
#define LIS_COMPAT_MSR_H

#include <compat/compat.h>

#include <asm/msr.h>

static inline u64 lis_rdmsr(u32 msr)
{
	u64 value;

#ifdef LIS_HAVE_WRMSRQ
	rdmsrq(msr, value);
#else
	rdmsrl(msr, value);
#endif
	return value;
}

static inline void lis_wrmsr(u32 msr, u64 value)
{
#ifdef LIS_HAVE_WRMSRQ
	wrmsrq(msr, value);
#else
	wrmsrl(msr, value);
#endif
}

#endif
