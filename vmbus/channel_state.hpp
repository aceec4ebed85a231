// SPDX-License-Identifier: GPL-2.0-only
// Where a channel is between offer and close (protocol.md 2.6). A rescind is not a
// state: it can come in each of them, and what was opened is still to be closed.
#ifndef VMBUS_CHANNEL_STATE_HPP
#define VMBUS_CHANNEL_STATE_HPP

#include <lis/result.hpp>

namespace vmbus {

enum class ChannelState : uint8_t {
    Offered,   // the host knows no rings of it
    Opening,   // OPEN_CHANNEL is sent, no answer yet
    Open,      // rings are live
    Closing,   // CLOSE_CHANNEL is due or sent; the rings are not ours yet
    Abandoned, // the answer to OPEN_CHANNEL did not come in time
};

enum class ChannelEvent : uint8_t {
    OpenSent,
    OpenAccepted,
    OpenRefused,
    OpenTimedOut,
    CloseBegun,
    Closed,
};

// BadPacket: this event is not due in this state; nothing changes.
LIS_MUST_USE lis::Result<ChannelState> next_state(ChannelState from, ChannelEvent event);

// As sysfs shows it: offered, opening, open, opened.
uint32_t sysfs_state(ChannelState state);

} // namespace vmbus

#endif
