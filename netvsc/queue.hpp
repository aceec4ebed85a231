// SPDX-License-Identifier: GPL-2.0-only
// One open channel of an adapter: frames to the host and from it, and the messages that the
// adapter exchanges on the first one.
//
// transmit(), flush() and ready() are for one thread at a time, poll() and rearm() for
// another one; send() for anybody in any context but NMI, pinned. They write the same ring,
// without a lock. space_lock_ is taken only when that has no room. open() and close():
// process context.
#ifndef NETVSC_QUEUE_HPP
#define NETVSC_QUEUE_HPP

#include <hyperv/nvsp.h>
#include <lis/lock.hpp>
#include <lis/ring.hpp>

#include "completion_list.hpp"
#include "rndis_frame.hpp"
#include "send_sections.hpp"

// Emitted by queue.cpp alone: ld -r keeps no more than one copy of a function, but forgets nothing
// of what compilers note of the others.
namespace lis {
extern template class ManyProducers<>;
extern template class RingWriter<ManyProducers<>>;
}

namespace netvsc_core {

// What all queues of an adapter use while they are open.
struct Buffers {
    SendSections sections;
    const unsigned char* receive; // the host's memory
    uint32_t receive_bytes;
    uint32_t receive_sections;
    uint32_t alignment;   // of messages that follow each other in a section, a power of two
    uint32_t batch_limit; // messages in one section
};

class Queue {
public:
    Queue();
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    LIS_MUST_USE Status init(netvsc& owner, lis_vmbus_channel* channel, uint32_t number, Buffers& buffers,
                             netvsc_counters* counters, void* context);

    // 0, or an error of lis_vmbus_channel_open().
    LIS_MUST_USE int32_t open(uint32_t ring_pages);
    // Afterwards nothing of the host's is taken any more.
    void end_polling() { netvsc_shim_polling(context_, number_, 0); }
    // After that, and when nobody transmits: afterwards nobody is inside.
    void silence();
    // After silence().
    void close();
    // The buffers are shared; before that nothing is believed to be a frame. NoMemory.
    LIS_MUST_USE Status expect_frames();

    lis_vmbus_channel* channel() const { return channel_; }
    bool is_closed() const { return lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0; }
    bool is_broken() const { return lis::atomic_load(&broken_) != 0; }
    bool is_lost() const { return is_broken() || lis_vmbus_channel_rescinded(channel_) != 0; }

    // An NVSP message; id 0: no completion is asked for. WouldBlock, Rescinded, BadPacket. Pinned.
    LIS_MUST_USE Status send(uint64_t id, const void* message, uint32_t bytes);
    // The same with one range of pages behind it. Pinned.
    LIS_MUST_USE Status send_range(uint64_t id, const void* message, uint32_t bytes, const netvsc_range& range);

    // ---- transmit.cpp ----
    LIS_MUST_USE Result<netvsc_sent> transmit(const netvsc_frame& frame, bool more);
    void flush();
    LIS_MUST_USE bool ready();
    // When there is room for those who wait: wakes them. Any context but hard interrupts.
    void wake_if_room();
    bool waits() const { return lis::atomic_load(&waits_) != 0; }

    // ---- receive.cpp ----
    LIS_MUST_USE uint32_t poll(uint32_t budget);
    LIS_MUST_USE bool rearm();
    // For a queue that waits for room, of which the host has perhaps forgotten to tell.
    void nudge();

private:
    static const uint32_t kRowLimit = 562;    // parts of a coalesced frame (protocol.md 6.4)
    static const uint32_t kRangeLimit = 562;  // of one receive packet
    static const uint32_t kPacketsForFrame = 4; // packets that a poll takes, for each frame of its budget

    struct Part {
        uint32_t offset; // in the receive buffer
        uint32_t bytes;
    };

    static void on_rings(void* self) { static_cast<Queue*>(self)->take_rings(); }
    static void on_event(void* self) { static_cast<Queue*>(self)->take_event(); }
    static void on_rescind(void* self);

    void take_rings();
    void take_event();
    void break_off();
    Status judge_send(Status status);
    void signal_if(lis::Signal signal) {
        if (signal == lis::Signal::Due)
            lis_vmbus_channel_signal(channel_);
    }
    bool has_room();

    Result<netvsc_sent> copy_frame(const netvsc_frame& frame, uint32_t header, bool more);
    Result<netvsc_sent> hold_frame(const netvsc_frame& frame, uint32_t header);
    Status hold_ranges(const netvsc_frame& frame, uint32_t header, const netvsc_range* ranges, uint32_t count);
    Status open_batch();
    void send_batch();

    void take(const lis::PacketView& packet, uint32_t* frames);
    void take_completion(const lis::PacketView& packet);
    void take_frames(const lis::PacketView& packet, uint32_t* frames);
    void take_range(const hyperv::TransferPageRange& range, uint32_t* frames);
    void take_frame(uint32_t offset, const ReceivedFrame& frame, uint32_t* frames);
    void deliver(uint32_t* frames);
    void end_row();
    void drop_part(uint64_t* counter);
    void owe_completion(uint64_t id);
    Status add_completion(uint64_t id, hyperv::NvspStatus status);
    void send_completions();
    void drop(uint64_t* counter, lis_vmbus_drop reason) {
        lis::count(counter);
        lis_vmbus_channel_drop(channel_, reason);
    }

    netvsc* owner_;
    lis_vmbus_channel* channel_;
    void* context_;
    uint32_t number_;
    Buffers* buffers_;
    netvsc_counters* counters_;
    uint32_t closed_; // 1: the rings are left alone
    uint32_t broken_;
    uint32_t expects_frames_; // 1: the buffers are there
    bool rings_are_good_;

    // ---- of the one who transmits ----
    unsigned char apart1_[64];
    lis::RingWriter<lis::ManyProducers<>> writer_;
    uint64_t batch_;          // the section that is filled; 0: none
    uint32_t batch_used_;     // bytes
    uint32_t batch_messages_; // in it
    uint32_t crowded_;        // 1: the ring had no room
    lis::Spinlock space_lock_; // who asks for room in the ring
    uint32_t waits_;          // 1: stopped, and to be woken

    // ---- of the one who polls ----
    unsigned char apart2_[64];
    lis::RingReader reader_;
    CompletionList owed_;
    bool added_; // completions that the host has not been shown
    uint32_t row_parts_;
    uint32_t row_bytes_;
    bool in_row_;
    netvsc_arrival arrival_;
    Part row_[kRowLimit];
    unsigned char packet_[sizeof(hyperv::TransferPageHeader) + kRangeLimit * sizeof(hyperv::TransferPageRange) + 256]
        __attribute__((aligned(8)));
};

// What a queue tells its adapter, which defines them. From poll(), or where it says so.
void on_completion(netvsc& owner, uint64_t id, lis::Span message);
void on_message(netvsc& owner, lis::Span message);
// A control message in the receive buffer: the host's memory, `bytes` of it, beginning with header.
void on_control(netvsc& owner, const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header);
void on_trouble(netvsc& owner);       // rescinded or broken; any context
void on_sections_free(netvsc& owner); // after sections that somebody may wait for
void on_waiting(netvsc& owner);       // one more queue waits; any context

} // namespace netvsc_core

#endif
