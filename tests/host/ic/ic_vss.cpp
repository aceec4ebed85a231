// SPDX-License-Identifier: GPL-2.0-only
#include "ic_vss.hpp"

namespace host {

using hyperv::VssOperation;

const char* vss_state_text(VssState state) {
    switch (state) {
    case VssState::Thawed: return "thawed";
    case VssState::Freezing: return "freezing";
    case VssState::Frozen: return "frozen";
    case VssState::Thawing: return "thawing";
    case VssState::Unknown: break;
    }
    return "unknown";
}

VssService::VssService(Platform& platform)
    : IcService(platform, "vss", hyperv::IcType::Vss, "35fa2e29-ea23-4236-96ae-3a6ebacba440",
                "2450ee40-33bf-4fbd-892e-9fb06e9214cf", {{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}}) {}

bool VssService::knows(VssOperation operation) const {
    uint16_t since = 0;
    if (operation == VssOperation::BackupComplete) since = 4;
    if (operation == VssOperation::AutoRecover) since = 5;
    if (operation == VssOperation::QueryCluster) since = 6;
    return ready() && version().major >= since;
}

void VssService::perform(VssOperation operation, std::function<void(const IcAnswer& answer, uint32_t flags)> done) {
    hyperv::VssMessage message = {};
    message.operation = static_cast<unsigned char>(operation);
    const bool freeze = operation == VssOperation::Freeze, thaw = operation == VssOperation::Thaw;
    if (freeze) file_systems_ = VssState::Freezing;
    if (thaw) file_systems_ = VssState::Thawing;
    ask(message, [this, freeze, thaw, done](const IcAnswer& answer) {
        if (freeze || thaw) {
            // A guest that fails to freeze has thawed what it had frozen.
            const bool thawed = answer.outcome == IcOutcome::Answered && thaw == answer.ok();
            if (freeze && answer.ok()) file_systems_ = VssState::Frozen;
            else file_systems_ = thawed || answer.outcome == IcOutcome::Ended ? VssState::Thawed : VssState::Unknown;
        }
        done(answer, answer.ok() ? answer.as<hyperv::VssMessage>().flags.get() : 0);
    }, freeze ? freeze_patience_ns : 0);
}

} // namespace host
