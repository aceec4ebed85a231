// SPDX-License-Identifier: GPL-2.0-only
#include "bus_versions.hpp"

#include <hyperv/vmbus.h>

#include "kvm.hpp"

namespace vmm {

std::set<uint32_t> versions_up_to(const std::string& text) {
    static const uint32_t known[] = {
        hyperv::kVersionWs2008,   hyperv::kVersionWin7,    hyperv::kVersionWin8,     hyperv::kVersionWin81,
        hyperv::kVersionWin10,    hyperv::kVersionWin10Rs3, hyperv::kVersionWin10V5, hyperv::kVersionWin10V51,
        hyperv::kVersionWin10V52, hyperv::kVersionIron,    hyperv::kVersionCopper};
    std::set<uint32_t> versions;
    std::string names;
    for (const uint32_t version : known) {
        const std::string name = std::to_string(version >> 16) + "." + std::to_string(version & 0xFFFF);
        versions.insert(version);
        if (name == text) return versions;
        names += (names.empty() ? "" : ", ") + name;
    }
    throw Error("no version is called " + text + ": there are " + names);
}

} // namespace vmm
