// SPDX-License-Identifier: GPL-2.0-only
// The states of a channel: every event in every state, and the numbers that sysfs shows.
#include "channel_state.hpp"

#include <gtest/gtest.h>
#include <map>

using vmbus::ChannelEvent;
using vmbus::ChannelState;
using vmbus::next_state;

namespace {

const ChannelState kStates[] = {ChannelState::Offered, ChannelState::Opening, ChannelState::Open,
                                ChannelState::Closing, ChannelState::Abandoned};
const ChannelEvent kEvents[] = {ChannelEvent::OpenSent,     ChannelEvent::OpenAccepted, ChannelEvent::OpenRefused,
                                ChannelEvent::OpenTimedOut, ChannelEvent::CloseBegun,   ChannelEvent::Closed};

} // namespace

TEST(ChannelState, EventsLeadWhereTheProtocolSays) {
    const std::map<std::pair<ChannelState, ChannelEvent>, ChannelState> ways = {
        {{ChannelState::Offered, ChannelEvent::OpenSent}, ChannelState::Opening},
        {{ChannelState::Opening, ChannelEvent::OpenAccepted}, ChannelState::Open},
        {{ChannelState::Opening, ChannelEvent::OpenRefused}, ChannelState::Offered},
        {{ChannelState::Opening, ChannelEvent::OpenTimedOut}, ChannelState::Abandoned},
        {{ChannelState::Opening, ChannelEvent::CloseBegun}, ChannelState::Closing},
        {{ChannelState::Open, ChannelEvent::CloseBegun}, ChannelState::Closing},
        {{ChannelState::Closing, ChannelEvent::Closed}, ChannelState::Offered},
        {{ChannelState::Abandoned, ChannelEvent::OpenAccepted}, ChannelState::Closing},
        {{ChannelState::Abandoned, ChannelEvent::OpenRefused}, ChannelState::Offered},
    };
    for (const ChannelState from : kStates) {
        for (const ChannelEvent event : kEvents) {
            const auto way = ways.find({from, event});
            const lis::Result<ChannelState> next = next_state(from, event);
            if (way == ways.end())
                EXPECT_EQ(next.status(), lis::Status::BadPacket) << int(from) << " " << int(event);
            else
                EXPECT_TRUE(next.ok() && next.value() == way->second) << int(from) << " " << int(event);
        }
    }
}

// What lsvmbus and udev rules know: 0 offered, 1 opening, 2 open, 3 opened. A channel whose answer is
// late is still opening for them.
TEST(ChannelState, SysfsShowsTheNumbersOfTheKernelsOwnBus) {
    EXPECT_EQ(vmbus::sysfs_state(ChannelState::Offered), 0u);
    EXPECT_EQ(vmbus::sysfs_state(ChannelState::Opening), 1u);
    EXPECT_EQ(vmbus::sysfs_state(ChannelState::Abandoned), 1u);
    EXPECT_EQ(vmbus::sysfs_state(ChannelState::Closing), 2u);
    EXPECT_EQ(vmbus::sysfs_state(ChannelState::Open), 3u);
}
