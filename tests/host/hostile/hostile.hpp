// SPDX-License-Identifier: GPL-2.0-only
// A host that attacks its guest: bytes changed at random in everything that the guest
// reads, and attacks that know the protocol. All of it is drawn from one seed: a stream
// of chance for the control messages, one for the events, one for each ring that is
// opened. Where the order of the guest's doings is the same, so are the attacks.
//
// The connection itself (VERSION_RESPONSE, UNLOAD_RESPONSE, ALL_OFFERS_DELIVERED) is
// attacked less often than the rest: else little would happen behind it.
#ifndef HOST_HOSTILE_HOSTILE_HPP
#define HOST_HOSTILE_HOSTILE_HPP

#include "../device.hpp"
#include "../tamper.hpp"
#include "dice.hpp"

#include <atomic>
#include <deque>
#include <mutex>

namespace host {

struct HostileOptions {
    uint64_t seed = 1;
    uint32_t message_rate = 8; // one control message in so many; 0: none
    uint32_t packet_rate = 4;  // the same of packets, of words of control pages, of events
    uint32_t word_rate = 500;
    uint32_t event_rate = 50;
};

// What the guest was given to read. An exchange is one of these with at least one byte that
// an honest host would not have written, or that came once too often or not at all.
struct HostileCounts {
    std::atomic<uint64_t> messages{0};  // delivered, or withheld
    std::atomic<uint64_t> packets{0};   // written, or withheld
    std::atomic<uint64_t> taken{0};     // of these: the guest has gone on behind it
    std::atomic<uint64_t> words{0};     // of control pages of rings
    std::atomic<uint64_t> rewrites{0};  // packets changed while the guest may be reading them
    std::atomic<uint64_t> events{0};
    std::atomic<uint64_t> memory{0};    // pieces of lent memory

    void add_to(Counters& counters) const;
};

class Hostile : public Tamper {
public:
    explicit Hostile(const HostileOptions& options);

    // Off: an honest host, as if nobody tampered. Rings that are open follow at once.
    void attack(bool on) { attacks_ = on; }
    bool attacks() const { return attacks_; }
    const HostileOptions& options() const { return options_; }
    HostileCounts counts;

    std::vector<Behaviour::Sending> message(const Outgoing& message) override;
    std::vector<uint32_t> event(uint32_t flag) override;
    void memory(void* bytes, size_t size) override;
    std::unique_ptr<RingTamper> ring() override;

private:
    typedef std::vector<Behaviour::Sending> Sendings;

    uint32_t rate_of(uint32_t type) const;
    void spoil_message(Outgoing& message);
    Outgoing invented();
    void remember(const std::vector<unsigned char>& bytes);

    HostileOptions options_;
    std::atomic<bool> attacks_{true};
    std::mutex mutex_; // everything below; rings have streams of their own
    Dice messages_, events_;
    uint64_t rings_ = 0;
    std::deque<std::vector<unsigned char>> sent_; // the last ones, for replays
};

} // namespace host

#endif
