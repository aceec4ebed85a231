// SPDX-License-Identifier: GPL-2.0-only
// The connection to the host: which version both speak, the pages that belong to
// it, and its end (protocol.md 2.1 - 2.3, 2.8).
#ifndef VMBUS_CONNECTION_HPP
#define VMBUS_CONNECTION_HPP

#include <lis/result.hpp>

#include "counters.hpp"
#include "exchange.hpp"
#include "poster.hpp"
#include "synic.hpp"

namespace vmbus {

class Connection {
public:
    // The CPU that control messages come to; it cannot go offline.
    static const uint32_t kMessageCpu = 0;

    Connection(Poster& poster, Exchange& exchange, Synic& synic, Counters& counters);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    LIS_MUST_USE lis::Status init(); // allocates pages only

    // Tries the versions up to max_version (0: all), newest first. TimedOut,
    // Refused (no common version), Protocol, Failed, NoMemory.
    LIS_MUST_USE lis::Status negotiate(uint32_t max_version);
    // Exactly this version and no other.
    LIS_MUST_USE lis::Status negotiate_again(uint32_t version);
    LIS_MUST_USE lis::Status request_offers();

    // UNLOAD and its answer. Ok: the host has let go of everything. Unsupported: a
    // host this old cannot be left. TimedOut.
    LIS_MUST_USE lis::Status unload();
    // The same in crash context.
    void unload_in_crash();
    // Consumes what has come to a CPU, its own or a stopped one's. No locks.
    void take_in_crash(uint32_t cpu);

    uint32_t version() const { return __atomic_load_n(&version_, __ATOMIC_RELAXED); } // 0: none

    // The receive half of the interrupt page, for hosts before 2.4. Any context.
    uint32_t take_legacy_events(uint32_t index);
    // Any context.
    void set_send_bit(uint32_t relid);
    void set_monitor_bit(uint8_t monitor_id);
    const hyperv::MonitorPage* monitor_page(bool from_parent) const {
        return from_parent ? parent_to_child_ : child_to_parent_;
    }

private:
    LIS_MUST_USE lis::Status contact(uint32_t version);
    LIS_MUST_USE lis::Status judge_response(uint32_t version, const Request& request);
    void fill_contact(uint32_t version, hyperv::InitiateContact* message) const;

    Poster& poster_;
    Exchange& exchange_;
    Synic& synic_;
    Counters& counters_;
    lis_os_pages* pages_; // interrupt page, two monitor pages
    uint32_t* receive_bits_;
    uint32_t* send_bits_;
    hyperv::MonitorPage* parent_to_child_;
    hyperv::MonitorPage* child_to_parent_;
    uint32_t version_;
    bool host_may_know_pages_; // contacted, and not unloaded since
    bool left_in_crash_;       // UNLOAD was answered
};

} // namespace vmbus

#endif
