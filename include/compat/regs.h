/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of struct pt_regs, named alike on both widths since 2.6.25 only. */
#ifndef LIS_COMPAT_REGS_H
#define LIS_COMPAT_REGS_H

#include <compat/compat.h>

#include <asm/ptrace.h>

#ifdef LIS_HAVE_PT_REGS_AX
#define LIS_REGS(registers, name) ((registers)->name)
#elif defined(CONFIG_X86_64)
#define LIS_REGS(registers, name) ((registers)->r##name)
#else
#define LIS_REGS(registers, name) ((registers)->e##name)
#endif

#endif
