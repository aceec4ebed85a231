/* SPDX-License-Identifier: GPL-2.0-only */
/* family: msr, required: one
 * Gone in 7.2.
 */
#include <linux/types.h>
#include <asm/msr.h>

void lis_probe(void) { u64 value; rdmsrl(1, value); wrmsrl(1, value); }
