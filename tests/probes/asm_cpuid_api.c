/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.16: cpuid() has a header of its own, which <asm/processor.h> stopped including later.
 */
#include <asm/cpuid/api.h>

unsigned int lis_probe(unsigned int leaf)
{
	unsigned int a, b, c, d;

	cpuid(leaf, &a, &b, &c, &d);
	return a;
}
