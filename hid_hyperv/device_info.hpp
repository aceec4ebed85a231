// SPDX-License-Identifier: GPL-2.0-only
#ifndef HID_HYPERV_DEVICE_INFO_HPP
#define HID_HYPERV_DEVICE_INFO_HPP

#include <lis/result.hpp>
#include <lis/span.hpp>

#include "hid_hyperv_core.h"

namespace hid_hyperv_core {

// The data of a DeviceInfo message (protocol.md 8.3), private memory. BadPacket: sizes
// that do not fit; *description is then the same as before.
LIS_MUST_USE lis::Status read_device_info(lis::Span data, hid_hyperv_description* description);

bool same_device(const hid_hyperv_description& left, const hid_hyperv_description& right);

} // namespace hid_hyperv_core

#endif
