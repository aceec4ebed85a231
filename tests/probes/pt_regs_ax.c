// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.25: rax and eax became ax, and so on. */
#include <linux/types.h>
#include <asm/ptrace.h>

unsigned long lis_probe(struct pt_regs *registers);
unsigned long lis_probe(struct pt_regs *registers)
{
	return registers->ax + registers->ip + registers->sp;
}
