/* SPDX-License-Identifier: GPL-2.0-only */
/* family: msr, required: one
 * 6.16: wrmsrl and rdmsrl are renamed.
 */
#include <linux/types.h>
#include <asm/msr.h>

void lis_probe(void) { u64 value; rdmsrq(1, value); wrmsrq(1, value); }
