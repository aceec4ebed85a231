/* SPDX-License-Identifier: GPL-2.0-only */
/* A driver for the one device that every host of the rig offers: dynamic memory. */
#ifndef LIS_BUS_KUNIT_H
#define LIS_BUS_KUNIT_H

#include <linux/module.h>

#include "lis_kunit.h"

#define LIS_KUNIT_DRIVER "lis_kunit"

struct lis_kunit_binding {
	unsigned int probes;
	unsigned int removes;
	int probe_result; /* what the next probe returns */
	struct lis_vmbus_device *device; /* bound now, or NULL */
	char name[48];	  /* of the device that was probed last */
};

/* The one binding; reset by lis_kunit_driver_init(). */
extern struct lis_kunit_binding lis_kunit_binding;

/* A driver that may be registered, for the dynamic memory class. */
struct lis_vmbus_driver *lis_kunit_driver_init(void);
/* Registers it and expects the device; lis_kunit_driver_leave() undoes it. */
struct lis_vmbus_channel *lis_kunit_driver_enter(struct kunit *test);
void lis_kunit_driver_leave(struct kunit *test);

/* /sys/bus/vmbus/devices/<the device>/<name> */
const char *lis_kunit_attribute_path(const char *name);

/*
 * Whether text is the pattern, in which %d stands for a decimal number, %x for lower-case
 * hexadecimal digits, %s for anything but blanks and newlines.
 */
bool lis_kunit_matches(const char *text, const char *pattern);

struct lis_kunit_ledger {
	unsigned long long allocated, freed, shared, with_host, abandoned;
};

void lis_kunit_ledger_read(struct kunit *test, struct lis_kunit_ledger *ledger);
/* Nothing is with the host that was not there before, and no page is lost. */
void lis_kunit_ledger_expect_balanced(struct kunit *test, const struct lis_kunit_ledger *before);

/* Small rings, no events wanted. */
struct lis_vmbus_open lis_kunit_open_options(void);

#endif
