// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/string.h>

#include <lis_digest.h>

#include "bus_kunit.h"

struct lis_kunit_binding lis_kunit_binding;

static const struct lis_guid dynamic_memory = {
	{ 0xdc, 0x74, 0x50, 0x52, 0x85, 0x89, 0xe2, 0x46, 0x80, 0x57, 0xa3, 0x07, 0xdc, 0x18, 0xa5, 0x02 }
};

static int32_t probe(struct lis_vmbus_device *device)
{
	lis_kunit_binding.probes++;
	snprintf(lis_kunit_binding.name, sizeof(lis_kunit_binding.name), "%s", dev_name(lis_vmbus_device_base(device)));
	if (lis_kunit_binding.probe_result)
		return lis_kunit_binding.probe_result;
	lis_kunit_binding.device = device;
	lis_vmbus_device_set_data(device, &lis_kunit_binding);
	return 0;
}

static void remove(struct lis_vmbus_device *device)
{
	if (lis_vmbus_device_data(device) == &lis_kunit_binding && lis_kunit_binding.device == device)
		lis_kunit_binding.removes++;
	lis_vmbus_channel_close(lis_vmbus_device_channel(device));
	lis_kunit_binding.device = NULL;
}

static struct lis_vmbus_driver driver;

struct lis_vmbus_driver *lis_kunit_driver_init(void)
{
	memset(&lis_kunit_binding, 0, sizeof(lis_kunit_binding));
	driver = (struct lis_vmbus_driver){
		.size = sizeof(driver),
		.digest = LIS_HEADER_DIGEST,
		.name = LIS_KUNIT_DRIVER,
		.version = LIS_VERSION,
		.classes = &dynamic_memory,
		.class_count = 1,
		.probe = probe,
		.remove = remove,
	};
	return &driver;
}

struct lis_vmbus_channel *lis_kunit_driver_enter(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, lis_vmbus_driver_register(lis_kunit_driver_init(), THIS_MODULE), 0);
	if (!lis_kunit_binding.device)
		lis_vmbus_driver_unregister(&driver);
	KUNIT_ASSERT_NOT_NULL_MSG(test, lis_kunit_binding.device,
				  "the host offers no dynamic memory device, or another driver has it");
	return lis_vmbus_device_channel(lis_kunit_binding.device);
}

void lis_kunit_driver_leave(struct kunit *test)
{
	unsigned int removes = lis_kunit_binding.removes;
	bool bound = lis_kunit_binding.device;

	lis_vmbus_driver_unregister(&driver);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.removes, removes + bound);
	KUNIT_EXPECT_NULL(test, lis_kunit_binding.device);
}

const char *lis_kunit_attribute_path(const char *name)
{
	static char path[160]; /* tests run one at a time */

	snprintf(path, sizeof(path), "/sys/bus/vmbus/devices/%s/%s", lis_kunit_binding.name, name);
	return path;
}

static const char *skip(const char *text, char kind)
{
	if (kind == 'd' && *text == '-')
		text++;
	while (*text && (kind == 'd' ? isdigit(*text) :
			 kind == 'x' ? isdigit(*text) || (*text >= 'a' && *text <= 'f') : !isspace(*text)))
		text++;
	return text;
}

bool lis_kunit_matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '%') {
			const char *end = skip(text, *++pattern);

			if (end == text)
				return false;
			text = end;
		} else if (*text++ != *pattern) {
			return false;
		}
	}
	return !*text;
}

void lis_kunit_ledger_read(struct kunit *test, struct lis_kunit_ledger *ledger)
{
	char text[256];

	KUNIT_ASSERT_GT(test, lis_kunit_file_read(test, "/sys/kernel/debug/hv_vmbus/ledger", text, sizeof(text)), 0);
	KUNIT_ASSERT_EQ(test, sscanf(text, "allocated %llu\nfreed %llu\nshared %llu\nwith_host %llu\nabandoned %llu\n",
				     &ledger->allocated, &ledger->freed, &ledger->shared, &ledger->with_host,
				     &ledger->abandoned), 5);
}

void lis_kunit_ledger_expect_balanced(struct kunit *test, const struct lis_kunit_ledger *before)
{
	struct lis_kunit_ledger now;

	lis_kunit_ledger_read(test, &now);
	KUNIT_EXPECT_EQ(test, now.shared, before->shared);
	KUNIT_EXPECT_EQ(test, now.with_host, before->with_host);
	KUNIT_EXPECT_EQ(test, now.abandoned, before->abandoned);
	KUNIT_EXPECT_EQ(test, now.allocated, now.freed + now.shared + now.with_host + now.abandoned);
}

static void no_event(void *context)
{
}

struct lis_vmbus_open lis_kunit_open_options(void)
{
	return (struct lis_vmbus_open){
		.size = sizeof(struct lis_vmbus_open),
		.send_pages = 4,
		.receive_pages = 4,
		.dispatch = LIS_VMBUS_DISPATCH_SOFTIRQ,
		.cpu = LIS_VMBUS_CPU_ANY,
		.on_event = no_event,
	};
}
