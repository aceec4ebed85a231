/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Polling of one queue. poll gets a budget of frames and returns how many there were, and the
 * budget when it wants to go on; nobody else polls the queue meanwhile.
 */
#ifndef LIS_COMPAT_NAPI_H
#define LIS_COMPAT_NAPI_H

#include <compat/net.h>

#include <linux/hardirq.h>
#include <linux/interrupt.h>

#include <lis/os.h>

struct lis_napi;
typedef int (*lis_napi_poll_t)(struct lis_napi *napi, int budget);

#ifdef LIS_HAVE_NAPI_STRUCT

struct lis_napi {
	struct napi_struct kernel;
	lis_napi_poll_t poll;
	int wanted; /* once more */
};

static inline bool lis_napi_is_busy_polled(struct lis_napi *napi)
{
#ifdef LIS_HAVE_NAPI_STATE_IN_BUSY_POLL
	return test_bit(NAPI_STATE_IN_BUSY_POLL, &napi->kernel.state);
#else
	return false;
#endif
}

/*
 * Any context. Where interrupts are on nothing else looks whether a softirq is pending.
 * wanted: kernels before 4.10 forget what is scheduled while it runs.
 */
static inline void lis_napi_schedule(struct lis_napi *napi)
{
	bool quiet = !irqs_disabled() && !hardirq_count();

	WRITE_ONCE(napi->wanted, 1);
	smp_mb();
	if (quiet)
		local_bh_disable();
	napi_schedule(&napi->kernel);
	if (quiet)
		local_bh_enable();
}

static inline void lis_napi_complete(struct lis_napi *napi, int done)
{
#ifdef LIS_HAVE_NAPI_COMPLETE_DONE
	napi_complete_done(&napi->kernel, done);
#else
	napi_complete(&napi->kernel);
#endif
}

static LIS_UNUSED int lis_napi_run(struct napi_struct *kernel, int budget)
{
	struct lis_napi *napi = container_of(kernel, struct lis_napi, kernel);
	int done;

	if (!budget)
		return 0; /* netpoll wants what was sent only */
	WRITE_ONCE(napi->wanted, 0);
	smp_mb();
	done = napi->poll(napi, budget);
	if (done >= budget)
		return budget;
	lis_napi_complete(napi, done);
	smp_mb();
	if (READ_ONCE(napi->wanted))
		napi_schedule(kernel);
	return done;
}

static inline int lis_napi_add(struct net_device *dev, struct lis_napi *napi, lis_napi_poll_t poll)
{
	napi->poll = poll;
#ifdef LIS_HAVE_NETIF_NAPI_ADD_3
	netif_napi_add(dev, &napi->kernel, lis_napi_run);
#else
	netif_napi_add(dev, &napi->kernel, lis_napi_run, 64);
#endif
	return 0;
}

static inline void lis_napi_remove(struct lis_napi *napi)
{
	netif_napi_del(&napi->kernel);
}

#define lis_napi_enable(napi) napi_enable(&(napi)->kernel)
#define lis_napi_disable(napi) napi_disable(&(napi)->kernel)
#define lis_napi_receive(napi, skb) napi_gro_receive(&(napi)->kernel, skb)

#else

#define LIS_NAPI_BUDGET 64

struct lis_napi {
	struct lis_os_softirq *softirq;
	lis_napi_poll_t poll;
	int on;
};

static LIS_UNUSED void lis_napi_run(void *context)
{
	struct lis_napi *napi = context;

	if (READ_ONCE(napi->on) && napi->poll(napi, LIS_NAPI_BUDGET) >= LIS_NAPI_BUDGET)
		lis_os_softirq_schedule(napi->softirq);
}

static inline int lis_napi_add(struct net_device *dev, struct lis_napi *napi, lis_napi_poll_t poll)
{
	napi->poll = poll;
	napi->softirq = lis_os_softirq_create(lis_napi_run, napi);
	return napi->softirq ? 0 : -ENOMEM;
}

static inline void lis_napi_remove(struct lis_napi *napi)
{
	lis_os_softirq_destroy(napi->softirq);
	napi->softirq = NULL;
}

static inline void lis_napi_enable(struct lis_napi *napi)
{
	WRITE_ONCE(napi->on, 1);
}

static inline void lis_napi_disable(struct lis_napi *napi)
{
	WRITE_ONCE(napi->on, 0);
	lis_os_softirq_disable(napi->softirq); /* waits for one that runs */
	lis_os_softirq_enable(napi->softirq);
}

static inline void lis_napi_schedule(struct lis_napi *napi)
{
	lis_os_softirq_schedule(napi->softirq);
}

static inline bool lis_napi_is_busy_polled(struct lis_napi *napi)
{
	return false;
}

#define lis_napi_receive(napi, skb) netif_receive_skb(skb)

#endif
#endif
