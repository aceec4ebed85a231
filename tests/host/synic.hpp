// SPDX-License-Identifier: GPL-2.0-only
// The host's half of the SynIC: message slots and event flags in guest pages
// (protocol.md 1.6, 1.7). A message that finds its slot busy is queued and goes in
// when the guest writes EOM, and not before: a guest that forgets EOM stands still.
// (A host may also look again by itself: set lenient.)
#ifndef HOST_SYNIC_HPP
#define HOST_SYNIC_HPP

#include "platform.hpp"

#include <hyperv/synic.h>

#include <atomic>
#include <deque>
#include <map>
#include <vector>

namespace host {

class Synic {
public:
    explicit Synic(Platform& platform) : platform_(platform) {}

    // The guest wrote one of the SynIC's MSRs (SCONTROL, SIEFP, SIMP, EOM; others are the platform's).
    void msr_written(uint32_t vp, uint32_t msr, uint64_t value);

    // delivered runs once the message is in the slot; never when it is dropped.
    void post(uint32_t vp, uint32_t sint, uint32_t type, const std::vector<unsigned char>& payload,
              std::function<void()> delivered = nullptr);
    // Sets the flag and raises the SINT if it was clear. On any thread, as long as no other function runs.
    void set_event_flag(uint32_t vp, uint32_t sint, uint32_t flag);
    // Forgets what waits for a slot.
    void drop_queued();

    bool lenient = false;

    bool ready(uint32_t vp) const;
    size_t queued() const;
    uint64_t end_of_messages() const { return end_of_messages_; }
    uint64_t needless_end_of_messages() const { return needless_eoms_; }
    uint64_t dropped() const { return dropped_; }
    hyperv::SynicMessage* slot(uint32_t vp, uint32_t sint);

private:
    struct Message {
        uint32_t type;
        std::vector<unsigned char> payload;
        std::function<void()> delivered;
    };
    struct Vp {
        uint64_t scontrol = 0;
        uint64_t simp = 0;
        uint64_t siefp = 0;
        bool waiting = false; // messages are queued
        std::map<uint32_t, std::deque<Message>> queues; // by SINT
    };

    void move_page(uint64_t* kept, uint64_t value);
    void deliver(uint32_t vp, uint32_t sint);
    void look_for_waiting(uint32_t vp);

    Platform& platform_;
    std::map<uint32_t, Vp> vps_;
    uint64_t end_of_messages_ = 0;
    uint64_t needless_eoms_ = 0;
    std::atomic<uint64_t> dropped_{0};
};

} // namespace host

#endif
