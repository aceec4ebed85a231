/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring with a guest's writer at one end and the same guest's reader at the other: what is written
 * is read again. Both ends do what they do in a driver, whoever's the ring is:
 *
 *   send   takes a request id, writes an in-band packet that asks for a completion, decides on
 *          the signal; 0, or not when there is no room
 *   burst  the same for `count` packets of one payload, with one publication if there is an
 *          interface for that; how many it sent
 *   drain  masks, takes each packet into private memory, finds its request by id, gives the
 *          room back, unmasks and looks again; how many packets
 */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Outstanding requests: more than a ring holds packets. */
#define BENCH_REQUESTS 4096
/* Of a packet with its descriptor, at most. */
#define BENCH_PACKET_BYTES 8192

/* control: one page, then the data, mapped twice in a row. */
#define BENCH_DECLARE_SIDE(name)                                                                      \
	void *bench_##name##_open(void *control, uint32_t data_bytes);                                \
	int bench_##name##_send(void *side, const void *payload, uint32_t bytes, void *request);      \
	uint32_t bench_##name##_burst(void *side, const void *payload, uint32_t bytes, void *request, \
				      uint32_t count);                                                \
	uint32_t bench_##name##_drain(void *side)

BENCH_DECLARE_SIDE(intree);
BENCH_DECLARE_SIDE(one);  /* ours, one producer */
BENCH_DECLARE_SIDE(many); /* ours, many producers */

struct bench_side {
	const char *name;
	void *(*open)(void *control, uint32_t data_bytes);
	int (*send)(void *side, const void *payload, uint32_t bytes, void *request);
	uint32_t (*burst)(void *side, const void *payload, uint32_t bytes, void *request, uint32_t count);
	uint32_t (*drain)(void *side);
};

#define BENCH_SIDE(name) \
	{ #name, bench_##name##_open, bench_##name##_send, bench_##name##_burst, bench_##name##_drain }

#ifdef __cplusplus
}
#endif

#endif
