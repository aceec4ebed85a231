// SPDX-License-Identifier: GPL-2.0-only
#include "scsi_bus.hpp"

#include <cstring>

namespace host {

bool ScsiBus::add(const ScsiAddress& address, std::shared_ptr<LogicalUnit> unit) {
    return units_.emplace(address, std::move(unit)).second;
}

bool ScsiBus::remove(const ScsiAddress& address) { return units_.erase(address) != 0; }

LogicalUnit* ScsiBus::find(const ScsiAddress& address) const {
    const auto found = units_.find(address);
    return found == units_.end() ? nullptr : found->second.get();
}

void ScsiBus::report_luns(const ScsiAddress& address, ScsiCommand& command) const {
    const uint8_t kWellKnownOnly = 1, kLastKind = 2;
    const size_t kEntryBytes = 8;
    const uint32_t allocation = command.cdb32(6);
    const uint8_t select = command.cdb[2];
    command.begin();
    if (select > kLastKind || allocation < 2 * kEntryBytes)
        return command.fail(hyperv::SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    std::vector<unsigned char> list(kEntryBytes);
    for (const auto& each : units_) {
        if (each.first.path != address.path || each.first.target != address.target || select == kWellKnownOnly) continue;
        list.resize(list.size() + kEntryBytes);
        list[list.size() - kEntryBytes + 1] = each.first.lun;
    }
    lis::Be32 bytes;
    bytes.set(static_cast<uint32_t>(list.size() - kEntryBytes));
    memcpy(list.data(), &bytes, sizeof bytes);
    command.reply(list.data(), list.size(), allocation);
}

} // namespace host
