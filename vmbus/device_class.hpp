// SPDX-License-Identifier: GPL-2.0-only
// Device classes by their GUID (protocol.md 2.5).
#ifndef VMBUS_DEVICE_CLASS_HPP
#define VMBUS_DEVICE_CLASS_HPP

#include <lis/guid.hpp>

namespace vmbus {

struct DeviceClass {
    lis_guid guid;
    const char* name;
    uint16_t number;  // "device" in sysfs
    bool performance; // its interrupts are spread over the CPUs
};

// Never nullptr: a class that is not in the table has the name "unknown".
const DeviceClass* find_device_class(const lis_guid& guid);

using lis::same_guid;

} // namespace vmbus

#endif
