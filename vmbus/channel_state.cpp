// SPDX-License-Identifier: GPL-2.0-only
#include "channel_state.hpp"

namespace vmbus {

using lis::Result;
using lis::Status;

Result<ChannelState> next_state(ChannelState from, ChannelEvent event) {
    switch (from) {
    case ChannelState::Offered:
        if (event == ChannelEvent::OpenSent)
            return ChannelState::Opening;
        break;
    case ChannelState::Opening:
        if (event == ChannelEvent::OpenAccepted)
            return ChannelState::Open;
        if (event == ChannelEvent::OpenRefused)
            return ChannelState::Offered;
        if (event == ChannelEvent::OpenTimedOut)
            return ChannelState::Abandoned;
        if (event == ChannelEvent::CloseBegun) // rescinded before the answer
            return ChannelState::Closing;
        break;
    case ChannelState::Open:
        if (event == ChannelEvent::CloseBegun)
            return ChannelState::Closing;
        break;
    case ChannelState::Closing:
        if (event == ChannelEvent::Closed)
            return ChannelState::Offered;
        break;
    case ChannelState::Abandoned: // only a late answer leads out of it
        if (event == ChannelEvent::OpenAccepted)
            return ChannelState::Closing;
        if (event == ChannelEvent::OpenRefused)
            return ChannelState::Offered;
        break;
    }
    return Status::BadPacket;
}

uint32_t sysfs_state(ChannelState state) {
    switch (state) {
    case ChannelState::Offered:
        return 0;
    case ChannelState::Opening:
    case ChannelState::Abandoned:
        return 1;
    case ChannelState::Open:
        return 3;
    case ChannelState::Closing:
        return 2;
    }
    return 0;
}

} // namespace vmbus
