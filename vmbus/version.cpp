// SPDX-License-Identifier: GPL-2.0-only
#include "version.hpp"

#include <hyperv/hypercall.h>

namespace vmbus {

static const uint32_t kVersions[] = {
    hyperv::kVersionCopper,   hyperv::kVersionIron,  hyperv::kVersionWin10V52, hyperv::kVersionWin10V51,
    hyperv::kVersionWin10V5,  hyperv::kVersionWin10Rs3, hyperv::kVersionWin10, hyperv::kVersionWin81,
    hyperv::kVersionWin8,     hyperv::kVersionWin7,  hyperv::kVersionWs2008,
};
static const uint32_t kVersionCount = sizeof kVersions / sizeof kVersions[0];

uint32_t version_at(uint32_t index) {
    return index < kVersionCount ? kVersions[index] : 0;
}

uint32_t contact_connection_id(uint32_t version) {
    return has_contact_sint(version) ? hyperv::kConnectionMessagesMultiClient : hyperv::kConnectionMessages;
}

uint32_t channel_limit(uint32_t version) {
    return has_channel_events(version) ? hyperv::kChannelLimit : hyperv::kLegacyChannelLimit;
}

} // namespace vmbus
