/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.12: set_memory_x and others are in <asm/set_memory.h>.
 */
#include <linux/mm.h>
#include <asm/set_memory.h>

int lis_probe(unsigned long address) { return set_memory_x(address, 1); }
