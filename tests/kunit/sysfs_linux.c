// SPDX-License-Identifier: GPL-2.0-only
/* What user space reads: sysfs as the kernel's own hv_vmbus shows it, and our debugfs. */
#include <linux/string.h>

#include "bus_kunit.h"

struct attribute_format {
	const char *name;
	const char *pattern;
};

#define GUID "%x-%x-%x-%x-%x"

static const struct attribute_format device_attributes[] = {
	{ "id", "%d\n" },
	{ "state", "%d\n" },
	{ "class_id", "{" GUID "}\n" },
	{ "device_id", "{" GUID "}\n" },
	{ "modalias", "vmbus:%x\n" },
	{ "vendor", "0x1414\n" },
	{ "device", "0x%x\n" },
	{ "driver_override", "(null)\n" },
	{ "channel_vp_mapping", "%d:%d\n" },
};

static const struct attribute_format device_rings[] = {
	{ "out_intr_mask", "%d\n" },
	{ "out_read_index", "%d\n" },
	{ "out_write_index", "%d\n" },
	{ "out_read_bytes_avail", "%d\n" },
	{ "out_write_bytes_avail", "%d\n" },
	{ "in_intr_mask", "%d\n" },
	{ "in_read_index", "%d\n" },
	{ "in_write_index", "%d\n" },
	{ "in_read_bytes_avail", "%d\n" },
	{ "in_write_bytes_avail", "%d\n" },
};

static const struct attribute_format channel_attributes[] = {
	{ "cpu", "%d\n" },
	{ "interrupts", "%d\n" },
	{ "events", "%d\n" },
	{ "intr_in_full", "%d\n" },
	{ "intr_out_empty", "%d\n" },
	{ "out_full_first", "%d\n" },
	{ "out_full_total", "%d\n" },
	{ "subchannel_id", "0\n" },
};

static const struct attribute_format channel_rings[] = {
	{ "out_mask", "%d\n" },
	{ "in_mask", "%d\n" },
	{ "read_avail", "%d\n" },
	{ "write_avail", "%d\n" },
};

static void expect_attributes(struct kunit *test, const char *directory, const struct attribute_format *format,
			      unsigned int count)
{
	char text[256], name[64];
	unsigned int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%s", directory, format[i].name);
		KUNIT_EXPECT_GT_MSG(test, lis_kunit_file_read(test, lis_kunit_attribute_path(name), text, sizeof(text)),
				    0, "%s", name);
		KUNIT_EXPECT_TRUE_MSG(test, lis_kunit_matches(text, format[i].pattern), "%s: %s", name, text);
	}
}

static void expect_no_values(struct kunit *test, const char *directory, const struct attribute_format *format,
			     unsigned int count)
{
	char text[256], name[64];
	unsigned int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%s", directory, format[i].name);
		KUNIT_EXPECT_EQ_MSG(test, lis_kunit_file_read(test, lis_kunit_attribute_path(name), text, sizeof(text)),
				    -EINVAL, "%s", name);
	}
}

static void channel_directory(char *directory, size_t size, const struct lis_vmbus_channel *channel)
{
	snprintf(directory, size, "channels/%u/", lis_vmbus_channel_offer(channel)->relid);
}

static void attributes_are_well_formed(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	char directory[32], text[256], expected[64];

	channel_directory(directory, sizeof(directory), channel);
	expect_attributes(test, "", device_attributes, ARRAY_SIZE(device_attributes));
	expect_attributes(test, directory, channel_attributes, ARRAY_SIZE(channel_attributes));

	snprintf(expected, sizeof(expected), "{%s}\n", lis_kunit_binding.name);
	lis_kunit_file_read(test, lis_kunit_attribute_path("device_id"), text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, expected);
	lis_kunit_file_read(test, lis_kunit_attribute_path("class_id"), text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "{525074dc-8985-46e2-8057-a307dc18a502}\n");
	lis_kunit_file_read(test, lis_kunit_attribute_path("modalias"), text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "vmbus:dc7450528589e2468057a307dc18a502\n");
	KUNIT_EXPECT_GT(test, lis_kunit_file_read(test, lis_kunit_attribute_path("uevent"), text, sizeof(text)), 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "MODALIAS=vmbus:dc7450528589e2468057a307dc18a502\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "DRIVER=" LIS_KUNIT_DRIVER "\n"));
	snprintf(expected, sizeof(expected), "%u:%u\n", lis_vmbus_channel_offer(channel)->relid,
		 lis_vmbus_channel_cpu(channel));
	lis_kunit_file_read(test, lis_kunit_attribute_path("channel_vp_mapping"), text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, expected);
	lis_kunit_driver_leave(test);
}

static void rings_show_while_they_are_open(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	struct lis_vmbus_open options = lis_kunit_open_options();
	char directory[32], text[32];

	channel_directory(directory, sizeof(directory), channel);
	expect_no_values(test, "", device_rings, ARRAY_SIZE(device_rings));
	expect_no_values(test, directory, channel_rings, ARRAY_SIZE(channel_rings));
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_open(channel, &options), 0);
	expect_attributes(test, "", device_rings, ARRAY_SIZE(device_rings));
	expect_attributes(test, directory, channel_rings, ARRAY_SIZE(channel_rings));
	lis_kunit_file_read(test, lis_kunit_attribute_path("out_write_bytes_avail"), text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "12288\n");
	lis_vmbus_channel_close(channel);
	expect_no_values(test, "", device_rings, ARRAY_SIZE(device_rings));
	lis_kunit_driver_leave(test);
}

static void expect_lines(struct kunit *test, const char *path, const char *pattern, unsigned int least)
{
	static char content[16384];
	char *text = content, *line;
	unsigned int lines = 0;

	KUNIT_ASSERT_GT_MSG(test, lis_kunit_file_read(test, path, content, sizeof(content)), 0, "%s", path);
	while ((line = strsep(&text, "\n")) != NULL && *line) {
		KUNIT_EXPECT_TRUE_MSG(test, lis_kunit_matches(line, pattern), "%s: %s", path, line);
		lines++;
	}
	KUNIT_EXPECT_GE_MSG(test, lines, least, "%s", path);
}

static void counters_are_readable(struct kunit *test)
{
	expect_lines(test, "/sys/kernel/debug/hv_vmbus/counters", "%s %d", 10);
	expect_lines(test, "/sys/kernel/debug/hv_vmbus/ledger", "%s %d", 5);
	expect_lines(test, "/sys/kernel/debug/hv_vmbus/channels", "%d %s %d", LIS_VMBUS_DROP_COUNT);
}

static unsigned long long drops_of_type(struct kunit *test, uint32_t relid)
{
	static char content[16384];
	unsigned long long times = ~0ull;
	char start[40], *line;

	KUNIT_ASSERT_GT(test, lis_kunit_file_read(test, "/sys/kernel/debug/hv_vmbus/channels", content, sizeof(content)), 0);
	snprintf(start, sizeof(start), "%u drop_packet_type ", relid);
	line = strstr(content, start);
	KUNIT_EXPECT_NOT_NULL_MSG(test, line, "%s", content);
	if (line)
		KUNIT_EXPECT_EQ(test, sscanf(line + strlen(start), "%llu", &times), 1);
	return times;
}

static void drops_are_counted_by_reason(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	uint32_t relid = lis_vmbus_channel_offer(channel)->relid;
	unsigned long long before = drops_of_type(test, relid);

	lis_vmbus_channel_drop(channel, LIS_VMBUS_DROP_PACKET_TYPE);
	lis_vmbus_channel_drop(channel, LIS_VMBUS_DROP_PACKET_TYPE);
	lis_vmbus_channel_drop(channel, LIS_VMBUS_DROP_PAYLOAD);
	KUNIT_EXPECT_EQ(test, drops_of_type(test, relid), before + 2);
	lis_kunit_driver_leave(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(attributes_are_well_formed),
	KUNIT_CASE(rings_show_while_they_are_open),
	KUNIT_CASE(counters_are_readable),
	KUNIT_CASE(drops_are_counted_by_reason),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_bus_sysfs",
	.test_cases = cases,
};
kunit_test_suite(suite);
