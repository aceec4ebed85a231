// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcpy of both sides, as kernel code has it: in general registers. A kernel on a CPU with fast short
 * "rep movsb" uses that, which callgrind would count once for each byte.
 */
#include "stubs.h"

typedef uint64_t word __attribute__((may_alias, aligned(1)));
typedef uint32_t half __attribute__((may_alias, aligned(1)));

#ifdef BENCH_STOP
void (*bench_in_copy)(void *to);
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;
	const unsigned char *const in_end = in + size;
	unsigned char *const out_end = out + size;

#ifdef BENCH_STOP
	if (bench_in_copy)
		bench_in_copy(to);
#endif
	for (; out_end - out >= 32; in += 32, out += 32) {
		const uint64_t a = ((const word *)in)[0];
		const uint64_t b = ((const word *)in)[1];
		const uint64_t c = ((const word *)in)[2];
		const uint64_t d = ((const word *)in)[3];

		((word *)out)[0] = a;
		((word *)out)[1] = b;
		((word *)out)[2] = c;
		((word *)out)[3] = d;
	}
	size = (size_t)(out_end - out);
	if (size == 0)
		return to;
	/* The rest as two pieces that may overlap. */
	if (size >= 16) {
		const uint64_t a = ((const word *)in)[0];
		const uint64_t b = ((const word *)in)[1];
		const uint64_t c = ((const word *)in_end)[-2];
		const uint64_t d = ((const word *)in_end)[-1];

		((word *)out)[0] = a;
		((word *)out)[1] = b;
		((word *)out_end)[-2] = c;
		((word *)out_end)[-1] = d;
	} else if (size >= 8) {
		const uint64_t a = *(const word *)in;
		const uint64_t b = ((const word *)in_end)[-1];

		*(word *)out = a;
		((word *)out_end)[-1] = b;
	} else if (size >= 4) {
		const uint32_t a = *(const half *)in;
		const uint32_t b = ((const half *)in_end)[-1];

		*(half *)out = a;
		((half *)out_end)[-1] = b;
	} else {
		for (; out != out_end; in++, out++) {
			*out = *in;
			__asm__ __volatile__("" : : : "memory"); /* not a call of memcpy */
		}
	}
	return to;
}
