// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stubs.h"

struct bench_seen bench_seen;
uint64_t bench_signals;
struct bench_spins bench_spins;
void *bench_mapping;

void bench_consume(const void *payload, uint32_t bytes, void *request)
{
	bench_seen.packets++;
	bench_seen.bytes += bytes;
	bench_seen.sum += *(const uint64_t *)payload + (uintptr_t)request;
}

void bench_signal(void)
{
	bench_signals++;
}

unsigned char bench_state[1 << 20] __attribute__((aligned(4096)));
const size_t bench_state_bytes = sizeof bench_state;
static size_t state_used;
static int is_private;

void *bench_allocate(size_t size)
{
	void *const memory = bench_state + state_used;

	if (is_private)
		return calloc(1, size);
	state_used += (size + 63) & ~(size_t)63;
	if (state_used > sizeof bench_state)
		abort();
	return memory;
}

void bench_free(void *memory)
{
	(void)memory; /* see bench_reset() */
}

void bench_reset(void)
{
	memset(bench_state, 0, state_used);
	state_used = 0;
}

void bench_private(int private_now)
{
	is_private = private_now;
}

void *bench_map(const void *pages, uint32_t count)
{
	(void)pages;
	(void)count;
	return bench_mapping;
}

void bench_log(const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	vfprintf(stderr, text, arguments);
	va_end(arguments);
	abort();
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* A waiter marks itself as the next one, and only then waits for the holder. */
void bench_spin(uint32_t *lock)
{
	const uint64_t since = bench_spins.timed ? now_ns() : 0;

	while (__atomic_fetch_or(lock, BENCH_PENDING, __ATOMIC_ACQUIRE) & BENCH_PENDING)
		while (__atomic_load_n(lock, __ATOMIC_RELAXED) & BENCH_PENDING)
			__builtin_ia32_pause();
	while (__atomic_load_n(lock, __ATOMIC_ACQUIRE) & 0xFF)
		__builtin_ia32_pause();
	__atomic_store_n(lock, 1, __ATOMIC_RELAXED);
	/* The lock orders these. */
	bench_spins.calls++;
	if (bench_spins.timed) {
		const uint64_t waited = now_ns() - since;

		if (waited > bench_spins.longest_ns)
			bench_spins.longest_ns = waited;
	}
}
