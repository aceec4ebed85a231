// SPDX-License-Identifier: GPL-2.0-only
// Sends control messages to the host by the PostMessage hypercall (protocol.md 1.5).
#ifndef VMBUS_POSTER_HPP
#define VMBUS_POSTER_HPP

#include <lis/result.hpp>

#include "counters.hpp"
#include "synic.hpp"

namespace vmbus {

class Poster {
public:
    Poster(Synic& synic, Counters& counters) : synic_(synic), counters_(counters), connection_id_(0) {}

    // Where messages go; from version 5.0 on the host names it.
    void set_connection_id(uint32_t id) { connection_id_ = id; }

    // Process context; retries while the host is short of buffers, at most about
    // three minutes. Failed: the message did not reach the host.
    template <typename Message>
    LIS_MUST_USE lis::Status post(const Message& message) {
        return post_bytes(&message, sizeof message);
    }
    LIS_MUST_USE lis::Status post_bytes(const void* message, uint32_t size);

    // The same for INITIATE_CONTACT. Refused: the host has no such connection id,
    // so it does not speak this version.
    LIS_MUST_USE lis::Status post_contact(uint32_t connection_id, const void* message, uint32_t size);

    // Crash context: no sleep, ten attempts.
    LIS_MUST_USE lis::Status post_in_crash(const void* message, uint32_t size);

private:
    // Both answer with the hypercall's status.
    uint32_t attempt(uint32_t connection_id, const void* message, uint32_t size);
    uint32_t attempt_with_patience(uint32_t connection_id, bool contact, const void* message, uint32_t size);
    lis::Status failed(uint32_t status);

    Synic& synic_;
    Counters& counters_;
    uint32_t connection_id_;
};

} // namespace vmbus

#endif
