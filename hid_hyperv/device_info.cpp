// SPDX-License-Identifier: GPL-2.0-only
#include "device_info.hpp"

#include "report_descriptor.hpp"

#include <hyperv/input.h>
#include <lis/reader.hpp>

namespace hid_hyperv_core {

using lis::Span;
using lis::Status;

static_assert(HID_HYPERV_DESCRIPTOR_LIMIT == hyperv::kHidReportDescriptorLimit, "one limit");

// What is judged is what is used: sizes, and the lengths that the report descriptor promises. Types and versions inside the HID descriptor
// are not, because other guests do not look at them and hosts may have left them empty.
Status read_device_info(Span data, hid_hyperv_description* description) {
    lis::ByteReader reader(data);
    const hyperv::HidAttributes attributes = LIS_TRY(reader.read<hyperv::HidAttributes>());
    const hyperv::HidDescriptor descriptor = LIS_TRY(reader.read<hyperv::HidDescriptor>());
    if (descriptor.length < sizeof descriptor)
        return Status::BadPacket;
    LIS_TRY(reader.skip(descriptor.length - sizeof descriptor));
    const uint16_t size = descriptor.report_length.get();
    if (size == 0 || size > HID_HYPERV_DESCRIPTOR_LIMIT)
        return Status::BadPacket;
    const Span report = LIS_TRY(reader.take(size));
    // One byte of a report may be its number.
    LIS_TRY(judge_report_descriptor(report, HID_HYPERV_REPORT_LIMIT - 1));

    description->vendor = attributes.vendor.get();
    description->product = attributes.product.get();
    description->version = attributes.version.get();
    description->descriptor_bytes = size;
    __builtin_memcpy(description->descriptor, report.data(), size);
    return Status::Ok;
}

bool same_device(const hid_hyperv_description& left, const hid_hyperv_description& right) {
    return left.vendor == right.vendor && left.product == right.product && left.version == right.version &&
           left.descriptor_bytes == right.descriptor_bytes &&
           __builtin_memcmp(left.descriptor, right.descriptor, left.descriptor_bytes) == 0;
}

} // namespace hid_hyperv_core
