// SPDX-License-Identifier: GPL-2.0-only
#include "kinds.hpp"

namespace vmm {

const std::vector<DeviceKind*>& device_kinds() {
    static const std::vector<DeviceKind*> kinds = {
        echo_kind(),
        keyboard_kind(),
        mouse_kind(),
        heartbeat_kind(),
        shutdown_kind(),
        timesync_kind(),
        kvp_kind(),
        vss_kind(),
        fcopy_kind(),
        memory_kind(),
        storage_kind(),
        network_kind(),
    };
    return kinds;
}

DeviceKind* find_device_kind(const std::string& name) {
    for (DeviceKind* const kind : device_kinds())
        if (name == kind->name()) return kind;
    return nullptr;
}

} // namespace vmm
