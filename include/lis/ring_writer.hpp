// SPDX-License-Identifier: GPL-2.0-only
// The producer's end of a ring. Packets are built in place: header, pieces, padding
// and trailer go straight to shared memory, and nothing of it is read back.
// No function sleeps, allocates or waits; any context that the policy allows.
#ifndef LIS_RING_WRITER_HPP
#define LIS_RING_WRITER_HPP

#include <lis/ring_producers.hpp>
#include <lis/span.hpp>

namespace lis {

// A packet to send. The pieces, private memory, are written one after the other;
// their first extension_bytes (a multiple of 8) are the type's extension.
struct RingPacket {
    hyperv::PacketType type;
    bool completion_requested; // then transaction_id is not 0
    uint64_t transaction_id;
    const Span* pieces;
    uint32_t piece_count;
    uint32_t extension_bytes;
};

// The same without its contents, which somebody writes in place: `bytes` of them, the
// extension included.
struct RingEnvelope {
    hyperv::PacketType type;
    bool completion_requested;
    uint64_t transaction_id;
    uint32_t bytes;
    uint32_t extension_bytes;
};

// Where the contents of a packet go that somebody builds.
struct RingPlace {
    unsigned char* contents;
    RingTicket ticket;
};

template <typename Producers>
class RingWriter {
public:
    RingWriter() : space_(), counters_(nullptr), limit_(0), blocked_(0) {}
    RingWriter(const RingWriter&) = delete;
    RingWriter& operator=(const RingWriter&) = delete;

    // For a ring that was opened just now, with both indices 0. Nobody else may be
    // in any function. Invalid, TooBig: not a ring for this writer.
    LIS_MUST_USE Status init(const lis_vmbus_ring& ring) {
        LIS_TRY(map_ring(ring, &space_));
        LIS_TRY(producers_.reset(space_));
        counters_ = ring.counters;
        // Hosts refuse a packet that fills the ring but for 8 bytes; length8 has 16 bits.
        const uint32_t largest = 0xFFFFu * kPacketAlignment + kTrailerBytes;
        limit_ = space_.size - 2 * kPacketAlignment;
        if (limit_ > largest)
            limit_ = largest;
        blocked_ = 0;
        return Status::Ok;
    }

    // Writes the packet and lets the host see it. Due: the caller calls
    // lis_vmbus_channel_signal(). WouldBlock: no room now. TooBig, Invalid: never
    // (see limit()). BadPacket: the host's index is nonsense; close the channel.
    //
    // Inlined, as add() is: a driver sends in one or two places, and most of a packet is
    // constant there.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<Signal> send(const RingPacket& packet) {
        const RingTicket ticket = LIS_TRY(reserve_and_write(packet));
        return counted(producers_.finish(space_, ticket));
    }

    // fill(at) writes the contents to shared memory, each byte once and all of them, by
    // copy_out(); the host sees nothing of it before. Errors as for send().
    template <typename Fill>
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<Signal> send_built(const RingEnvelope& envelope, Fill fill) {
        const RingTicket ticket = LIS_TRY(reserve_and_build(envelope, fill));
        return counted(producers_.finish(space_, ticket));
    }

    // A batch: add(), ..., publish(), which is due also when an add() failed. The
    // host may see packets earlier when others publish. Errors as for send().
    LIS_MUST_USE LIS_ALWAYS_INLINE Status add(const RingPacket& packet) {
        producers_.done(LIS_TRY(reserve_and_write(packet)));
        return Status::Ok;
    }

    template <typename Fill>
    LIS_MUST_USE LIS_ALWAYS_INLINE Status add_built(const RingEnvelope& envelope, Fill fill) {
        producers_.done(LIS_TRY(reserve_and_build(envelope, fill)));
        return Status::Ok;
    }

    // send_built() and add_built() in steps. A place that was reserved ends by exactly one
    // of finish() and done(), with its contents written; meanwhile nothing behind it is seen.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<RingPlace> reserve(const RingEnvelope& envelope) {
        if (__builtin_expect(envelope.bytes > limit(), 0))
            return Status::TooBig;
        if (__builtin_expect(envelope.extension_bytes % kPacketAlignment != 0 || envelope.extension_bytes > envelope.bytes, 0))
            return Status::Invalid;
        const uint32_t padding = (0 - envelope.bytes) % kPacketAlignment;
        const uint32_t header = sizeof(hyperv::PacketDescriptor);
        const uint32_t bytes = header + envelope.bytes + padding + kTrailerBytes; // limit_ is a multiple of 8 too

        const Result<RingTicket> ticket LIS_UNINITIALIZED = producers_.reserve(space_, bytes);
        if (__builtin_expect(!ticket.ok(), 0)) {
            if (ticket.status() == Status::WouldBlock)
                note_full();
            return ticket.status();
        }
        if (__builtin_expect(atomic_load(&blocked_) != 0, 0))
            atomic_store(&blocked_, 0u);
        return RingPlace{write_envelope(envelope, ticket.value().start, bytes, padding), ticket.value()};
    }
    LIS_MUST_USE LIS_ALWAYS_INLINE Signal finish(const RingPlace& place) {
        return counted(producers_.finish(space_, place.ticket));
    }
    void done(const RingPlace& place) { producers_.done(place.ticket); }

    LIS_MUST_USE Signal publish() { return counted(producers_.publish(space_)); }

    // For a sender that was refused a packet with so many bytes in its pieces. True:
    // there is room now, try again. False: the host was asked to signal when there
    // is; call again then, and on a timer: one host forgets (protocol.md 3.5).
    // This and forget_space() are for one thread at a time, which keeps the list of
    // those who wait; adding may go on meanwhile.
    LIS_MUST_USE bool want_space(uint32_t piece_bytes) {
        const uint32_t most = space_.size - kPacketAlignment;
        if (piece_bytes > most)
            return true; // never fits: add() says so
        const uint32_t bytes = round_up(piece_bytes) + sizeof(hyperv::PacketDescriptor) + kTrailerBytes;
        uint32_t pending = bytes;
        for (;;) {
            store_once(&space_.control->pending_send_size, pending);
            full_barrier();
            RingLoad load;
            if (producers_.look(space_, &load) != Status::Ok || bytes > limit_ || load.has_room(space_, bytes)) {
                forget_space();
                return true;
            }
            // The host does not know what is in flight. It signals when its own idea of
            // the free space grows beyond this, so that must be in the future.
            uint32_t wanted = load.out_of_tickets ? most : bytes + load.in_flight;
            if (wanted > most)
                wanted = most;
            if (wanted <= pending)
                return false;
            pending = wanted;
        }
    }

    // Nobody waits for room any more.
    void forget_space() { store_once(&space_.control->pending_send_size, 0); }

    // The most that the pieces of one packet may have together.
    uint32_t limit() const { return limit_ - static_cast<uint32_t>(sizeof(hyperv::PacketDescriptor)) - kTrailerBytes; }

private:
    static uint32_t round_up(uint32_t bytes) {
        return (bytes + kPacketAlignment - 1) & ~(kPacketAlignment - 1);
    }

    LIS_ALWAYS_INLINE Result<RingTicket> reserve_and_write(const RingPacket& packet) {
        uint32_t bytes = 0;
        for (uint32_t i = 0; i < packet.piece_count; i++) {
            if (packet.pieces[i].size() > limit() - bytes)
                return Status::TooBig;
            bytes += static_cast<uint32_t>(packet.pieces[i].size());
        }
        const RingEnvelope envelope = {packet.type, packet.completion_requested, packet.transaction_id, bytes,
                                       packet.extension_bytes};
        return reserve_and_build(envelope, [&packet](unsigned char* at) {
            for (uint32_t i = 0; i < packet.piece_count; i++) {
                const Span piece = packet.pieces[i];
                if (piece.size() % kPacketAlignment == 0)
                    copy_words_out(at, piece.data(), piece.size());
                else
                    copy_out(at, piece.data(), piece.size());
                at += piece.size();
            }
        });
    }

    template <typename Fill>
    LIS_ALWAYS_INLINE Result<RingTicket> reserve_and_build(const RingEnvelope& envelope, Fill fill) {
        const RingPlace place = LIS_TRY(reserve(envelope));
        fill(place.contents);
        return place.ticket;
    }

    // All that is not the contents; they begin at the result.
    LIS_ALWAYS_INLINE unsigned char* write_envelope(const RingEnvelope& envelope, uint32_t start, uint32_t bytes,
                                                    uint32_t padding) {
        const uint32_t header = sizeof(hyperv::PacketDescriptor);
        const uint16_t flags = envelope.completion_requested ? hyperv::kPacketCompletionRequested : uint16_t(0);
        // hyperv::PacketDescriptor and PacketTrailer as words, which compilers do not make of their fields.
        const uint64_t descriptor = static_cast<uint64_t>(envelope.type) |
                                    static_cast<uint64_t>((header + envelope.extension_bytes) / kPacketAlignment) << 16 |
                                    static_cast<uint64_t>((bytes - kTrailerBytes) / kPacketAlignment) << 32 |
                                    static_cast<uint64_t>(flags) << 48;
        const uint64_t trailer = static_cast<uint64_t>(start) << 32;

        unsigned char* const at = space_.data + start;
        unsigned char* const end = at + bytes - kTrailerBytes;
        copy_out(at, &descriptor, sizeof descriptor);
        copy_out(at + sizeof descriptor, &envelope.transaction_id, sizeof envelope.transaction_id);
        if (padding != 0) { // the contents overwrite what of this is theirs
            const uint64_t zeros = 0;
            copy_out(end - sizeof zeros, &zeros, sizeof zeros);
        }
        copy_out(end, &trailer, sizeof trailer);
        return at + header;
    }

    Signal counted(Signal signal) {
        if (signal == Signal::Due)
            count(&counters_->signals_new_data);
        return signal;
    }

    __attribute__((noinline)) void note_full() {
        if (atomic_load(&blocked_) == 0) {
            atomic_store(&blocked_, 1u);
            count(&counters_->full_first);
        }
        count(&counters_->full_total);
    }

    RingSpace space_;
    lis_vmbus_ring_counters* counters_;
    uint32_t limit_;   // of a packet with everything
    uint32_t blocked_; // 1: the last send found the ring full
    Producers producers_;
};

} // namespace lis

#endif
