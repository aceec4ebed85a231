// SPDX-License-Identifier: GPL-2.0-only
// The guest's receive buffer, in sections of one size: each is the host's, or with the guest
// from the packet that names it until that packet's completion (protocol.md 6.4).
#ifndef HOST_NETWORK_RECEIVE_BUFFER_HPP
#define HOST_NETWORK_RECEIVE_BUFFER_HPP

#include "shared_buffer.hpp"

#include <mutex>

namespace host {

class ReceiveBuffer {
public:
    static constexpr uint32_t kNone = 0xFFFFFFFF;

    SharedBuffer memory;

    // In sections of so many bytes, limit at most. False: not even one fits.
    bool divide(uint32_t section_bytes, uint32_t limit);
    // Whatever is out is forgotten.
    void detach();
    bool attached() const { return !sections_.empty(); }
    uint32_t section_bytes() const { return section_bytes_; }
    uint32_t section_count() const { return static_cast<uint32_t>(sections_.size()); }
    uint32_t offset_of(uint32_t section) const { return section * section_bytes_; }

    // The rest on any thread, while nobody divides or detaches.

    // Takes count sections, chained behind the one that is returned; kNone, and nothing taken: there are not so many.
    uint32_t take(uint32_t count);
    uint32_t next(uint32_t section) const { return sections_[section].next; }
    // Chains `more` behind `chain`, both as take() returns them; neither is out.
    void join(uint32_t chain, uint32_t more);
    // A packet of that transaction id lends the chain to the guest.
    uint64_t lend(uint32_t chain);
    // A completion came on the channel. False: there is no such packet.
    bool give_back(uint64_t transaction_id);
    // The chain was not lent after all.
    void put(uint32_t chain);
    uint32_t free_count() const;

private:
    enum class State : unsigned char { Free, Taken, Lent };
    struct Section {
        uint32_t next = kNone;
        uint32_t last = kNone; // of the chain that begins here
        State state = State::Free;
    };
    void put_locked(uint32_t chain);

    std::vector<Section> sections_;
    uint32_t section_bytes_ = 0;
    mutable std::mutex mutex_;
    uint32_t free_ = kNone;
    uint32_t free_count_ = 0;
};

} // namespace host

#endif
