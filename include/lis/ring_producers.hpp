// SPDX-License-Identifier: GPL-2.0-only
// Who gets which bytes of a send ring, and when the host may see them: the two
// policies of RingWriter. A producer reserves room, copies its packet there, says
// done(); publish() lets the host see every packet that is done.
//
// ManyProducers is lock-free. A word (sequence number, offset / 8) names a place in
// the stream of packets. One compare-and-swap on `reserved_` takes a ticket and its
// bytes. done() leaves the word behind the packet in the ticket's mark, so moving
// `published_` over a finished packet is copying its mark; marks need no clearing,
// because the next user of a slot writes another sequence number.
//
// Room is computed from the very word that the swap expects: reserved_ is loaded
// first, so whoever slept meanwhile, for a whole lap too, fails the swap. What is in
// flight (reserved and not published) comes from private words only: a host that
// lies about its read index harms its own packets, but never makes two tickets
// overlap. On i386 the sequence number has 16 bits: a producer must sleep between
// load and swap for exactly a multiple of 65536 packets that end at the same offset
// to be fooled; packets are lost then, and the ring may stand still until it is closed.
//
// The shared write index has no room for a sequence number, so two threads that
// both stored it could move it backwards. Therefore one thread at a time has the
// publisher's role, and nobody waits for the role: who does not get it leaves, and
// who gives it back looks again, after a full barrier, at the mark that was missing.
// The two barriers (the failed swap and this one) make sure that one of them sees
// the other, so a packet that is done when every sender has returned is published.
// A publisher that is interrupted delays packets, as a producer does that is
// interrupted while it copies; it stops nobody.
#ifndef LIS_RING_PRODUCERS_HPP
#define LIS_RING_PRODUCERS_HPP

#include <lis/atomic.hpp>
#include <lis/ring_space.hpp>

namespace lis {

struct RingTicket {
    uint32_t start;     // where the packet begins
    unsigned long word; // the policy's
};

// What stands in the way of a new packet.
struct RingLoad {
    uint32_t unread;    // published bytes that the host has not read, says its index
    uint32_t in_flight; // reserved bytes that are not published
    bool out_of_tickets;

    // One unit stays free: a ring that is full would look empty.
    bool has_room(const RingSpace& space, uint32_t bytes) const {
        return !out_of_tickets && unread + in_flight + bytes <= space.size - kPacketAlignment;
    }
};

// The signal rule for new data (protocol.md 3.3), after the full barrier that follows
// the store of the write index; from: the write index before that store.
inline bool is_new_data_signal_due(const hyperv::RingControl* control, uint32_t from) {
    if (load_once(&control->interrupt_mask, __ATOMIC_ACQUIRE) != 0)
        return false;
    return load_once(&control->read_index) == from;
}

// The owner makes sure that at most one thread is in reserve(), done() or publish().
// Room that was seen stays: a host can only give more. So its index is loaded, and
// judged, when that is used up.
class OneProducer {
public:
    OneProducer() : next_(0), room_(0), published_(0) {}

    LIS_MUST_USE Status reset(const RingSpace&) {
        next_ = published_ = room_ = 0;
        return Status::Ok;
    }

    LIS_MUST_USE Status look(const RingSpace& space, RingLoad* load) const {
        const uint32_t read = load_once(&space.control->read_index, __ATOMIC_ACQUIRE);
        if (!space.is_index(read))
            return Status::BadPacket;
        load->in_flight = space.distance(published_, next_);
        load->unread = space.distance(read, published_);
        load->out_of_tickets = false;
        return Status::Ok;
    }

    LIS_MUST_USE Result<RingTicket> reserve(const RingSpace& space, uint32_t bytes) {
        if (bytes > room_)
            LIS_TRY(find_room(space, bytes));
        room_ -= bytes;
        return RingTicket{next_, space.advance(next_, bytes)};
    }

    void done(const RingTicket& ticket) { next_ = static_cast<uint32_t>(ticket.word); }

    // done() and publish().
    Signal finish(const RingSpace& space, const RingTicket& ticket) {
        done(ticket);
        return move(space);
    }

    Signal publish(const RingSpace& space) { return published_ == next_ ? Signal::NotDue : move(space); }

private:
    LIS_ALWAYS_INLINE Signal move(const RingSpace& space) {
        const uint32_t from = published_;
        published_ = next_;
        hyperv::RingControl* const control = space.control;
        store_once(&control->write_index, next_, __ATOMIC_RELEASE);
        full_barrier();
        return is_new_data_signal_due(control, from) ? Signal::Due : Signal::NotDue;
    }

    LIS_MUST_USE __attribute__((noinline)) Status find_room(const RingSpace& space, uint32_t bytes) {
        RingLoad load;
        LIS_TRY(look(space, &load));
        if (!load.has_room(space, bytes))
            return Status::WouldBlock;
        room_ = space.size - kPacketAlignment - load.unread - load.in_flight;
        return Status::Ok;
    }

    uint32_t next_;
    uint32_t room_; // bytes behind next_ that are known to be free
    uint32_t published_;
};

// Any thread in any context may be in any of these functions. kTickets, a power of
// two: packets that may be in flight; beyond that reserve() answers WouldBlock.
template <unsigned kTickets = 256>
class ManyProducers {
    typedef unsigned long Word;

    static_assert(kTickets >= 2 && kTickets <= 32768 && (kTickets & (kTickets - 1)) == 0, "a power of two");

public:
    ManyProducers() : reserved_(0), published_(0), publishing_(0), marks_() {}

    // TooBig: on i386 a ring has at most 512 KiB of data.
    LIS_MUST_USE Status reset(const RingSpace& space) {
        if (space.size / kPacketAlignment - 1 > kOffsetMask)
            return Status::TooBig;
        reserved_ = published_ = 0;
        publishing_ = 0;
        __builtin_memset(marks_, 0, sizeof marks_);
        return Status::Ok;
    }

    LIS_MUST_USE Status look(const RingSpace& space, RingLoad* load) const {
        Word reserved;
        do {
            reserved = atomic_load(&reserved_, __ATOMIC_ACQUIRE);
            *load = LIS_TRY(look_from(space, reserved));
        } while (atomic_load(&reserved_) != reserved);
        return Status::Ok;
    }

    LIS_MUST_USE LIS_ALWAYS_INLINE Result<RingTicket> reserve(const RingSpace& space, uint32_t bytes) {
        for (;;) {
            const Word reserved = atomic_load(&reserved_, __ATOMIC_ACQUIRE);
            const Result<RingLoad> load LIS_UNINITIALIZED = look_from(space, reserved);
            if (__builtin_expect(!load.ok(), 0))
                return load.status();
            if (load.value().has_room(space, bytes)) {
                const uint32_t start = offset(reserved);
                const Word next = word(sequence(reserved) + 1, space.advance(start, bytes));
                if (atomic_compare_exchange(&reserved_, reserved, next))
                    return RingTicket{start, next};
            } else if (atomic_load(&reserved_) == reserved) {
                return Status::WouldBlock;
            } // else the loads belong to different moments
        }
    }

    void done(const RingTicket& ticket) {
        atomic_store(&marks_[(sequence(ticket.word) - 1) % kTickets], ticket.word, __ATOMIC_RELEASE);
    }

    // done() and publish() of one packet, whose turn has mostly come.
    LIS_ALWAYS_INLINE Signal finish(const RingSpace& space, const RingTicket& ticket) {
        done(ticket);
        if (!take_role())
            return Signal::NotDue; // who has the role will look at our mark after this
        const Word from = atomic_load(&published_);
        const Word to = packets(from, ticket.word) == 1 ? ticket.word : from;
        const Signal signal = move_and_leave(space, from, to);
        return __builtin_expect(is_done(to), 0) ? either(signal, publish(space)) : signal;
    }

    __attribute__((noinline)) Signal publish(const RingSpace& space) {
        Signal signal = Signal::NotDue;
        Word to;
        do {
            if (!take_role())
                return signal; // who has the role will look at our mark after this
            const Word from = atomic_load(&published_);
            to = last_done(from);
            signal = either(signal, move_and_leave(space, from, to));
        } while (is_done(to));
        return signal;
    }

private:
    static const unsigned kOffsetBits = sizeof(Word) * 4;
    static const Word kOffsetMask = (Word(1) << kOffsetBits) - 1; // as many bits for the sequence number

    static Word word(Word sequence, uint32_t offset) {
        return sequence << kOffsetBits | offset / kPacketAlignment;
    }
    static Word sequence(Word word) { return word >> kOffsetBits; }
    static uint32_t offset(Word word) { return static_cast<uint32_t>(word & kOffsetMask) * kPacketAlignment; }
    static Word packets(Word from, Word to) { return (sequence(to) - sequence(from)) & kOffsetMask; }

    Word mark(Word at) const { return atomic_load(&marks_[sequence(at) % kTickets], __ATOMIC_ACQUIRE); }
    // Whether the packet that begins at this place is complete.
    bool is_done(Word at) const { return packets(at, mark(at)) == 1; }

    // The place behind the packets that are complete.
    Word last_done(Word at) const {
        for (Word next = mark(at); packets(at, next) == 1; next = mark(at)) at = next;
        return at;
    }

    static Signal either(Signal one, Signal other) { return one == Signal::Due ? one : other; }

    bool take_role() { return atomic_compare_exchange(&publishing_, 0u, 1u); }

    // Lets the host see what is before `to`, and gives the role back. A role's holder
    // owes the signal for what it moved, whoever wrote it.
    Signal move_and_leave(const RingSpace& space, Word from, Word to) {
        hyperv::RingControl* const control = space.control;
        if (to != from) {
            // In this order: a read index can never be ahead of published_.
            atomic_store(&published_, to, __ATOMIC_RELEASE);
            store_once(&control->write_index, offset(to), __ATOMIC_RELEASE);
        }
        atomic_store(&publishing_, 0u, __ATOMIC_RELEASE);
        full_barrier();
        return to != from && is_new_data_signal_due(control, offset(from)) ? Signal::Due : Signal::NotDue;
    }

    // Right if reserved_ still has that value afterwards. The host's index is loaded
    // before published_, so that it is not ahead of it.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<RingLoad> look_from(const RingSpace& space, Word reserved) const {
        const uint32_t read = load_once(&space.control->read_index, __ATOMIC_ACQUIRE);
        if (__builtin_expect(!space.is_index(read), 0))
            return Status::BadPacket;
        const Word published = atomic_load(&published_, __ATOMIC_ACQUIRE);
        const uint32_t unread = space.distance(read, offset(published));
        if (__builtin_expect(published == reserved, 1))
            return RingLoad{unread, 0, false};
        return RingLoad{unread, space.distance(offset(published), offset(reserved)), packets(published, reserved) >= kTickets};
    }

    // Every producer writes the first word, publishers only the others.
    Word reserved_;
    unsigned char apart_[64 - sizeof(Word)];
    Word published_;
    uint32_t publishing_; // 1: somebody has the publisher's role
    Word marks_[kTickets];
};

} // namespace lis

#endif
