// SPDX-License-Identifier: GPL-2.0-only
// One open channel of a controller, and the requests that the host has through it.
//
// submit(), ask() and commit() run on any number of CPUs at once, pinned, in any context
// but NMI; nobody waits. Who takes the queue out of use sees to it that nobody finds it any
// more; close() waits for those who have. Completions are taken by one CPU at a time, the one that has
// the role (turns_): in the interrupt, and after kBudget packets of a run in the softirq,
// with the ring masked, so that a host that keeps the ring full does not keep the CPU.
#ifndef STORVSC_QUEUE_HPP
#define STORVSC_QUEUE_HPP

#include <lis/request_table.hpp>
#include <lis/ring.hpp>

#include "format.hpp"
#include "storvsc_core.h"

namespace storvsc_core {

using lis::Result;
using lis::Status;

// What a queue tells its controller, which defines them. Any context, hard interrupts too.
void on_answer(storvsc& owner, const hyperv::StoragePacket& answer, bool complete); // to ask()
void on_units_changed(storvsc& owner);
void on_trouble(storvsc& owner); // rescinded, or the ring is broken

class Queue {
public:
    Queue();
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    // depth: requests that may be outstanding, at most kDepthLimit. NoMemory.
    LIS_MUST_USE Status init(storvsc& owner, lis_vmbus_channel* channel, uint32_t depth);
    static const uint32_t kDepthLimit = 2048;

    // 0, or an error of lis_vmbus_channel_open().
    LIS_MUST_USE int32_t open(uint32_t ring_pages, uint32_t dispatch);
    // Afterwards nothing is completed any more; see take_any().
    void close();
    lis_vmbus_channel* channel() const { return channel_; }
    // Rescinded or broken: to be closed.
    bool is_lost() const { return is_broken() || lis_vmbus_channel_rescinded(channel_) != 0; }
    bool is_closed() const { return lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0; }
    // The channel is worth nothing any more; the owner is told. Any context.
    void break_off();
    bool is_broken() const { return lis::atomic_load(&broken_) != 0; }

    // Before the first submit(), nothing outstanding; a depth as for init(), not more.
    void set_format(const Format& format) { format_ = format; }
    void set_depth(uint32_t depth);

    // WouldBlock: no room; BadPacket: broken, and the owner knows. Pinned. In submit.cpp, for that alone.
    LIS_MUST_USE Status submit(storvsc_request* request, const storvsc_command& command, bool more);
    // A control request, whose answer goes to on_answer(). Its id; Rescinded: closed. Pinned.
    LIS_MUST_USE Result<uint64_t> ask(storvsc_request* question, const hyperv::StoragePacket& packet);
    // Forgets one. False: its answer has come, or is being taken right now.
    bool forget(uint64_t id) { return requests_.take(id).ok(); }
    // Pinned.
    void commit();

    // Returns when no completion is being taken that began before.
    void wait_for_completions();
    uint32_t outstanding() const { return requests_.outstanding(); }
    // After close(), or to empty a queue that is out of use.
    storvsc_request* take_any(uint32_t* index) { return requests_.take_any(index); }

private:
    static const uint32_t kBudget = 128; // packets, and rounds, of one run

    static void on_rings(void* self) { static_cast<Queue*>(self)->take_rings(); }
    static void on_event(void* self) { static_cast<Queue*>(self)->take_event(); }
    static void on_softirq(void* self) { static_cast<Queue*>(self)->take_softirq(); }
    static void on_rescind(void* self) { on_trouble(*static_cast<Queue*>(self)->owner_); }

    void take_rings();
    void take_event();
    void take_softirq();
    void defer();
    void go_on();
    bool drain(uint32_t* budget);
    void complete(uint64_t id, size_t bytes, hyperv::StoragePacket& answer);
    void complete_unusual(storvsc_request* request, size_t bytes, hyperv::StoragePacket& answer);
    void take_other(hyperv::PacketType type, size_t bytes, const hyperv::StoragePacket& packet);
    Status judge_send(Status status);
    void signal_if(lis::Signal signal) {
        if (signal == lis::Signal::Due)
            lis_vmbus_channel_signal(channel_);
    }

    storvsc* owner_;
    lis_vmbus_channel* channel_;
    lis_os_softirq* softirq_;
    void* table_memory_;
    Format format_;
    uint32_t closed_; // 1: the softirq leaves the ring alone
    uint32_t broken_;
    uint32_t uncommitted_; // 1: somebody owes commit()
    unsigned char apart1_[64];
    lis::RingWriter<lis::ManyProducers<>> writer_;
    lis::RequestTable<storvsc_request> requests_;
    unsigned char apart2_[64];
    uint32_t turns_;    // interrupts since the role was taken; 0: nobody has it
    uint32_t deferred_; // 1: the softirq has the role
    bool rings_are_good_;
    lis::RingReader reader_;
};

} // namespace storvsc_core

#endif
