// SPDX-License-Identifier: GPL-2.0-only
// One open channel of a storage controller: the request in hand, requests that wait, and
// answers for which the guest's ring has no room.
#ifndef HOST_STORAGE_STORAGE_SESSION_HPP
#define HOST_STORAGE_STORAGE_SESSION_HPP

#include "../channel.hpp"
#include "scsi_command.hpp"

#include <deque>

namespace host {

class LogicalUnit;

struct StorageRequest {
    uint64_t transaction_id = 0;
    bool completion_wanted = false;
    size_t reply_bytes = 0;          // of `packet`: as much as the guest's own had
    hyperv::StoragePacket packet = {}; // the guest's; becomes the answer
    ScsiCommand command;
};

// What one channel has done. Its own thread counts.
struct StorageCounts {
    uint64_t requests = 0, reads = 0, writes = 0, read_bytes = 0, written_bytes = 0;
    uint64_t errors = 0;    // SRBs that ended with sense data, or at no unit
    uint64_t malformed = 0; // packets that make no sense, and rings
    uint64_t held = 0;      // requests that were not answered at once
    uint64_t received = 0;  // packets that want an answer, of whatever kind
    uint64_t answered = 0;  // of those
    uint64_t lost = 0;      // that waited when their channel closed

    void add(const StorageCounts& other);
};

class StorageSession {
public:
    explicit StorageSession(Channel& channel) : channel_(channel) {}
    StorageSession(const StorageSession&) = delete;
    StorageSession& operator=(const StorageSession&) = delete;

    Channel& channel() { return channel_; }
    bool primary() const { return channel_.subchannel_index() == 0; }
    StorageRequest& current() { return current_; }
    StorageCounts counts;

    // ---- answers ----

    // Sends the packet of the request if the guest wants an answer.
    void complete(const StorageRequest& request, uint32_t nt_status);
    // ENUMERATE_BUS, unasked; one that waits for room is enough.
    void announce_change(size_t packet_bytes);
    // Writes what waits. False: there is still no room; the guest will signal.
    bool flush();
    bool backlog() const { return !waiting_.empty() || change_bytes_ != 0; }
    // Requests whose answer the guest cannot see yet.
    size_t waits() const { return held_.size() + waiting_.size(); }

    // ---- requests that wait ----

    struct Held {
        StorageRequest request;
        const LogicalUnit* unit;
        bool for_ever;
    };
    // Takes the request's contents. No id is used twice, on any channel.
    void hold(uint64_t id, StorageRequest& request, const LogicalUnit* unit, bool for_ever);
    // False: not there (any more).
    bool take_held(uint64_t id, StorageRequest& request);
    const std::map<uint64_t, Held>& held() const { return held_; }

private:
    struct Answer {
        uint64_t transaction_id;
        std::vector<unsigned char> bytes;
    };

    RingResult write(bool completion, uint64_t transaction_id, const std::vector<unsigned char>& bytes);

    Channel& channel_;
    StorageRequest current_;
    std::vector<unsigned char> bytes_; // of the answer in hand
    std::deque<Answer> waiting_;
    size_t change_bytes_ = 0; // of an ENUMERATE_BUS that waits
    std::map<uint64_t, Held> held_;
};

} // namespace host

#endif
