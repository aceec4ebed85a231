/* SPDX-License-Identifier: GPL-2.0-only */
/* What both sides of the bench call; stubs.c. */
#ifndef BENCH_STUBS_H
#define BENCH_STUBS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a driver does with a packet: looks at its first bytes, gives its request back. */
void bench_consume(const void *payload, uint32_t bytes, void *request);
/* What consume has seen; one consumer at a time. */
struct bench_seen {
	uint64_t packets;
	uint64_t bytes;
	uint64_t sum; /* of the first words and the requests */
};
extern struct bench_seen bench_seen;

/* In the place of the hypercall. */
void bench_signal(void);
extern uint64_t bench_signals;

/* Zeroed memory, of which state that several CPUs use can be told by its address. */
void *bench_allocate(size_t size);
void bench_free(void *memory);
void bench_reset(void); /* all state is free again */
void bench_private(int private_now); /* 1: the next allocations are for one CPU alone */
extern unsigned char bench_state[];
extern const size_t bench_state_bytes;

/* The slow path of a spin lock: returns with the lock. Nobody gets it before who is next. */
#define BENCH_PENDING 0x100u
void bench_spin(uint32_t *lock);
/* Spinning so far, and the longest time in one call; timed if asked for. */
struct bench_spins {
	uint64_t calls;
	uint64_t longest_ns;
	int timed;
};
extern struct bench_spins bench_spins;

/* The mapping that the next ring gets. */
void *bench_map(const void *pages, uint32_t count);
extern void *bench_mapping;

/* For what must not happen. */
void bench_log(const char *text, ...);

/* Builds that stop producers: called in the middle of each copy into a ring. */
extern void (*bench_in_copy)(void *to);

#ifdef __cplusplus
}
#endif

#endif
