// SPDX-License-Identifier: GPL-2.0-only
// The consumer's end of a ring: one thread at a time, any context, never waits.
// Each packet is copied once into private memory; only lengths that were judged
// there are believed, so nothing is read beyond what the host published.
//
//     reader.begin();
//     do {
//         while ((packet = reader.next(scratch)).ok()) ...
//         if (reader.commit() == Signal::Due) lis_vmbus_channel_signal(channel);
//     } while (reader.finish() == Drain::More);
//
// The host can keep a ring full for ever: limit the packets of one run, and then
// commit, leave the ring masked and come back later.
#ifndef LIS_RING_READER_HPP
#define LIS_RING_READER_HPP

#include <lis/atomic.hpp>
#include <lis/ring_space.hpp>
#include <lis/span.hpp>

namespace lis {

// A packet in the caller's scratch memory. Type and flags are the host's and may be
// anything: unknown ones are for the caller to drop. Valid as long as the scratch.
class PacketView {
public:
    PacketView() : bytes_(), extension_bytes_(0), whole_(0), type_(0), flags_(0), transaction_id_(0) {}
    PacketView(const hyperv::PacketDescriptor& descriptor, Span bytes, uint32_t extension_bytes, uint32_t whole)
        : bytes_(bytes), extension_bytes_(extension_bytes), whole_(whole), type_(descriptor.type.get()),
          flags_(descriptor.flags.get()), transaction_id_(descriptor.transaction_id.get()) {}

    hyperv::PacketType type() const { return static_cast<hyperv::PacketType>(type_); }
    // Never to be answered when the id is 0.
    bool completion_requested() const {
        return (flags_ & hyperv::kPacketCompletionRequested) != 0 && transaction_id_ != 0;
    }
    uint64_t transaction_id() const { return transaction_id_; }

    // As much of both as was copied. The payload is padded to a multiple of 8.
    Span extension() const { return bytes_.first(extension_bytes_); }
    Span payload() const { return bytes_.from(extension_bytes_); }
    // Whether everything was copied.
    bool complete() const { return bytes_.size() == whole_; }

private:
    Span bytes_;
    uint32_t extension_bytes_;
    uint32_t whole_; // extension and payload in the ring
    uint16_t type_;
    uint16_t flags_;
    uint64_t transaction_id_;
};

enum class Drain : uint8_t { Done, More };

class RingReader {
public:
    RingReader() : space_(), counters_(nullptr), cursor_(0), committed_(0), write_(0), broken_(false) {}
    RingReader(const RingReader&) = delete;
    RingReader& operator=(const RingReader&) = delete;

    // For a ring that was opened just now. Invalid: not a ring.
    LIS_MUST_USE Status init(const lis_vmbus_ring& ring) {
        LIS_TRY(map_ring(ring, &space_));
        counters_ = ring.counters;
        cursor_ = committed_ = write_ = 0;
        broken_ = false;
        return Status::Ok;
    }

    // Takes the next packet and copies it to scratch, without its descriptor.
    // WouldBlock: the ring is empty. TooBig: longer than scratch, and skipped.
    // BadPacket, from now on always: the ring makes no sense; close the channel.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<PacketView> next(MutableSpan scratch) { return view_of<false>(scratch); }

    // The same, but of a longer packet only as much as scratch holds: for transfer
    // pages, whose payload lies elsewhere.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<PacketView> next_start(MutableSpan scratch) { return view_of<true>(scratch); }

    // The same for packets that mostly are one T, a multiple of 32 bytes.
    template <typename T>
    LIS_MUST_USE LIS_ALWAYS_INLINE Status next_start_of(T* scratch, PacketView* view) {
        return take<true, sizeof(T)>(MutableSpan(scratch, sizeof(T)), view);
    }

    // Gives the space of all packets taken so far back to the host.
    // Due: the caller calls lis_vmbus_channel_signal().
    LIS_MUST_USE Signal commit() {
        const uint32_t before = committed_;
        if (cursor_ == before)
            return Signal::NotDue;
        committed_ = cursor_;
        store_once(&space_.control->read_index, cursor_, __ATOMIC_RELEASE);
        full_barrier();
        const uint32_t pending = load_once(&space_.control->pending_send_size, __ATOMIC_ACQUIRE);
        if (__builtin_expect(pending == 0, 1))
            return Signal::NotDue;
        return is_space_signal_due(before, pending) ? Signal::Due : Signal::NotDue;
    }

    // Asks the host not to interrupt for new data; call before the first next() of a run.
    void begin() {
        store_once(&space_.control->interrupt_mask, 1);
        full_barrier();
    }

    // After commit(): lets the host interrupt again. More: something has come
    // meanwhile, the mask is set again, go on with next(). A ring that next() called
    // broken stays masked.
    LIS_MUST_USE Drain finish() {
        if (broken_)
            return Drain::Done;
        store_once(&space_.control->interrupt_mask, 0);
        full_barrier();
        load_write_index();
        if (!broken_ && write_ == cursor_)
            return Drain::Done;
        begin();
        return Drain::More;
    }

    // Whether next() has something to say. For those who do not mask. Any number of times.
    bool has_packets() {
        if (!broken_ && write_ == cursor_)
            load_write_index();
        return broken_ || write_ != cursor_;
    }

    bool broken() const { return broken_; }

private:
    void load_write_index() {
        const uint32_t write = load_once(&space_.control->write_index, __ATOMIC_ACQUIRE);
        if (write == cursor_) // an index that was judged
            write_ = write;
        // The host may not go back, nor around into what commit() has not given back.
        else if (__builtin_expect(!space_.is_index(write) ||
                                      space_.distance(committed_, write) < space_.distance(committed_, cursor_), 0))
            break_off();
        else
            write_ = write;
    }

    // A broken ring is one without packets; so next() needs to look at that only then.
    void break_off() {
        broken_ = true;
        write_ = cursor_;
    }

    __attribute__((noinline)) Status breaks() {
        break_off();
        return Status::BadPacket;
    }

    // Only now: what was judged once need not be asked for again.
    __attribute__((noinline)) Status look() {
        if (!has_packets())
            return Status::WouldBlock;
        return broken_ ? Status::BadPacket : Status::Ok;
    }

    template <bool kStartOnly>
    LIS_ALWAYS_INLINE Result<PacketView> view_of(MutableSpan scratch) {
        PacketView view;
        const Status status = take<kStartOnly, 0>(scratch, &view);
        return status == Status::Ok ? Result<PacketView>(view) : Result<PacketView>(status);
    }

    // Inlined: a driver has one loop that reads, and uses a part of the view.
    template <bool kStartOnly, unsigned kUsual>
    LIS_ALWAYS_INLINE Status take(MutableSpan scratch, PacketView* view) {
        const uint32_t header = sizeof(hyperv::PacketDescriptor);
        if (write_ == cursor_) {
            const Status status = look();
            if (status != Status::Ok)
                return status;
        }
        const uint32_t available = space_.distance(cursor_, write_);
        if (available < header + kTrailerBytes)
            return breaks();

        const unsigned char* const at = space_.data + cursor_;
        hyperv::PacketDescriptor descriptor;
        copy_in(&descriptor, at, sizeof descriptor);
        const uint32_t length = descriptor.length8.get() * kPacketAlignment;
        const uint32_t payload = descriptor.data_offset8.get() * kPacketAlignment;
        if (payload < header || payload > length || length > available - kTrailerBytes)
            return breaks();

        const uint32_t whole = length - header;
        uint32_t copied = whole;
        if (kUsual != 0 && __builtin_expect(whole == kUsual, 1)) {
            copy_whole_in<kUsual>(scratch.data(), at + header);
        } else if (__builtin_expect(whole <= scratch.size(), 1)) {
            copy_words_in(scratch.data(), at + header, whole);
        } else {
            copied = kStartOnly ? static_cast<uint32_t>(scratch.size()) : 0;
            if (copied != 0)
                copy_in(scratch.data(), at + header, copied);
        }
        cursor_ = space_.advance(cursor_, length + kTrailerBytes);
        if (__builtin_expect(copied != whole && !kStartOnly, 0))
            return Status::TooBig;
        *view = PacketView(descriptor, Span(scratch.data(), copied), payload - header, whole);
        return Status::Ok;
    }

    // protocol.md 3.5: a producer waits for more than `pending` free bytes, and this
    // commit is what has freed them. `before`: the read index until now.
    bool is_space_signal_due(uint32_t before, uint32_t pending) {
        if ((load_once(&space_.control->feature_bits) & hyperv::kRingFeaturePendingSendSize) == 0)
            return false; // that host polls
        const uint32_t write = load_once(&space_.control->write_index, __ATOMIC_ACQUIRE);
        if (!space_.is_index(write))
            return false; // finish() and next() judge it, and say so
        const uint32_t free_before = space_.size - space_.distance(before, write);
        const uint32_t free_now = space_.size - space_.distance(committed_, write);
        if (free_before > pending || free_now <= pending)
            return false;
        count(&counters_->signals_new_space);
        return true;
    }

    RingSpace space_;
    lis_vmbus_ring_counters* counters_;
    uint32_t cursor_;    // next packet; never read back from shared memory
    uint32_t committed_; // the read index that the host has been given
    uint32_t write_;     // the host's index as judged last
    bool broken_;
};

} // namespace lis

#endif
