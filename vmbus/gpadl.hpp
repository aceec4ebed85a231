// SPDX-License-Identifier: GPL-2.0-only
// Sharing pages with the host and taking them back (protocol.md 2.4.7).
#ifndef VMBUS_GPADL_HPP
#define VMBUS_GPADL_HPP

#include "ledger.hpp"

namespace vmbus {

struct Bus;
class Channel;

// Describes the entry's pages to the host and waits until it has accepted them. On
// an error the entry is no longer the caller's: freed, or in the ledger when the
// host may know it. Failed, Refused, TimedOut, Rescinded, NoMemory.
LIS_MUST_USE lis::Status share(Bus& bus, const Channel& channel, Gpadl* entry);

// Gives the entry up; its pages are freed as soon as the host has let go of them.
// Waits for that a bounded time, and not at all on a rescinded channel.
void unshare(Bus& bus, const Channel& channel, Gpadl* entry);

// Sends every TEARDOWN that is due. Process context.
void post_due_teardowns(Bus& bus);

} // namespace vmbus

#endif
