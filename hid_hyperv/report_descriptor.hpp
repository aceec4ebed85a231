// SPDX-License-Identifier: GPL-2.0-only
// How long the reports are that a HID report descriptor promises (HID 1.11, 6.2.2).
// HID cores of old kernels believe it: RHEL 6 fills a short report up to that length,
// RHEL 7 reads fields wherever it puts them.
#ifndef HID_HYPERV_REPORT_DESCRIPTOR_HPP
#define HID_HYPERV_REPORT_DESCRIPTOR_HPP

#include <lis/result.hpp>
#include <lis/span.hpp>

namespace hid_hyperv_core {

// All reports of all kinds together fit into limit_bytes, or BadPacket. An item that the
// descriptor's end cuts off promises nothing: every kernel refuses it.
LIS_MUST_USE lis::Status judge_report_descriptor(lis::Span descriptor, uint32_t limit_bytes);

} // namespace hid_hyperv_core

#endif
