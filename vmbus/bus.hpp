// SPDX-License-Identifier: GPL-2.0-only
// The one bus: its parts, in the order in which they are built on each other.
#ifndef VMBUS_BUS_HPP
#define VMBUS_BUS_HPP

#include "channel.hpp"
#include "channel_table.hpp"
#include "connection.hpp"
#include "counters.hpp"
#include "dispatcher.hpp"
#include "enumerator.hpp"
#include "exchange.hpp"
#include "inbox.hpp"
#include "ledger.hpp"
#include "placement.hpp"
#include "poster.hpp"
#include "synic.hpp"
#include "vmbus_core.h"

namespace vmbus {

struct Bus {
    Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    LIS_MUST_USE lis::Status init(const vmbus_core_settings& settings);

    // Hard interrupt: what the vector was raised for. VMBUS_CORE_IRQ_* bits.
    void interrupt(uint32_t cpu);

    uint32_t max_version;       // 0: all
    uint32_t suspended_version; // what resume must negotiate again
    Counters counters;
    Inbox inbox;
    Synic synic;
    Poster poster;
    Exchange exchange;
    Ledger ledger;
    Placement placement;
    Connection connection;
    ChannelTable channels;
    Enumerator enumerator;
    Dispatcher dispatcher;

private:
    void scan_channel_events(uint32_t cpu);
    void scan_legacy_events(uint32_t cpu);
    void raise(uint32_t first_relid, uint32_t bits);
};

} // namespace vmbus

#endif
