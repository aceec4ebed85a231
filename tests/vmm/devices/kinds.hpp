// SPDX-License-Identifier: GPL-2.0-only
// Every kind of device, each from the file of its name.
#ifndef VMM_DEVICES_KINDS_HPP
#define VMM_DEVICES_KINDS_HPP

#include "device_kind.hpp"

namespace vmm {

DeviceKind* echo_kind();
DeviceKind* keyboard_kind();
DeviceKind* mouse_kind();
DeviceKind* fcopy_kind();
DeviceKind* heartbeat_kind();
DeviceKind* kvp_kind();
DeviceKind* shutdown_kind();
DeviceKind* timesync_kind();
DeviceKind* vss_kind();
DeviceKind* memory_kind();
DeviceKind* storage_kind();
DeviceKind* network_kind();

} // namespace vmm

#endif
