// SPDX-License-Identifier: GPL-2.0-only
// Backup (protocol.md 4.7): asks whether the guest can be backed up while it runs,
// freezes and thaws its file systems. A guest may take minutes, or never answer; then
// nobody knows what it has frozen.
#ifndef HOST_IC_VSS_HPP
#define HOST_IC_VSS_HPP

#include "ic_service.hpp"

namespace host {

enum class VssState { Thawed, Freezing, Frozen, Thawing, Unknown };
const char* vss_state_text(VssState state);

class VssService : public IcService {
public:
    explicit VssService(Platform& platform);

    // For the answer to a freeze.
    uint64_t freeze_patience_ns = 60ull * 1000 * 1000 * 1000;

    // Whether the version that was agreed has it.
    bool knows(hyperv::VssOperation operation) const;
    // flags: what the guest has put there, 0 if it did not answer.
    void perform(hyperv::VssOperation operation, std::function<void(const IcAnswer& answer, uint32_t flags)> done);
    VssState file_systems() const { return file_systems_; }

private:
    VssState file_systems_ = VssState::Thawed;
};

} // namespace host

#endif
