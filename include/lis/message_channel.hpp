// SPDX-License-Identifier: GPL-2.0-only
// A driver's channel for short in-band messages that come now and then, as of keyboard
// and mouse: not a data path. It reads in a softirq of its own, asks the host and waits,
// and closes itself when the host's ring makes no sense.
//
// Contexts: init, start, stop, send and wait_until are for one thread in process
// context, the driver's probe, remove, suspend and resume. A work item that closes a
// broken channel runs beside them; lock_ is what keeps it from a ring in use. The
// softirq alone reads, and takes no lock.
//
// Driver has
//     void take(Span payload);  softirq: one in-band packet's payload, padded to 8 bytes
#ifndef LIS_MESSAGE_CHANNEL_HPP
#define LIS_MESSAGE_CHANNEL_HPP

#include <lis/lock.hpp>
#include <lis/request_table.hpp>
#include <lis/ring.hpp>

namespace lis {

template <typename Driver, uint32_t kPayloadLimit>
class MessageChannel {
public:
    explicit MessageChannel(Driver& driver)
        : driver_(driver), channel_(nullptr), queue_(nullptr), give_up_(nullptr), softirq_(nullptr), changed_(nullptr),
          table_memory_(nullptr), open_(false), ready_(0), broken_(0) {}
    ~MessageChannel();
    MessageChannel(const MessageChannel&) = delete;
    MessageChannel& operator=(const MessageChannel&) = delete;

    // name: of the work queue. NoMemory.
    LIS_MUST_USE Status init(lis_vmbus_channel* channel, const char* name);

    // Opens the channel; take() may run before this returns. Both rings have ring_pages,
    // control page included. 0, or an error of lis_vmbus_channel_open().
    LIS_MUST_USE int32_t start(uint32_t ring_pages);
    // Closes it, whether start() was called or failed; afterwards take() does not run.
    void stop();

    // Sends and asks for a completion, which is judged and forgotten. The errors of
    // RingWriter::send(), WouldBlock also while the host owes kRequestLimit
    // completions; Rescinded: the channel is closed.
    LIS_MUST_USE Status send(Span message);

    // Until done() is true. Called again after each wake(), so a driver that wakes
    // without end waits without end. TimedOut; Rescinded; BadPacket: the channel is broken.
    template <typename Condition>
    LIS_MUST_USE Status wait_until(Condition done, uint32_t timeout_ms);
    // Any context.
    void wake() { lis_os_event_set(changed_); }

    // Counts and logs what the host has sent. Any context.
    void drop(uint32_t reason) { lis_vmbus_channel_drop(channel_, reason); }

private:
    static const uint32_t kRequestLimit = 8;
    static const uint32_t kBudget = 64; // packets for one run of the softirq

    static void on_event(void* self);
    static void on_softirq(void* self);
    static void on_rescind(void* self) { static_cast<MessageChannel*>(self)->wake(); }
    static void on_give_up(void* self) { static_cast<MessageChannel*>(self)->give_up(); }

    LIS_MUST_USE Status begin();
    void silence();
    void close_locked();
    void give_up();
    void drain();
    void take(const PacketView& packet);

    Driver& driver_;
    lis_vmbus_channel* channel_;
    Mutex lock_; // open_ and writer_: nobody closes while somebody sends
    lis_os_queue* queue_;
    lis_os_work* give_up_;
    lis_os_softirq* softirq_;
    lis_os_event* changed_;
    void* table_memory_;
    bool open_;
    uint32_t ready_;  // 1: reader_ has a ring, and the softirq may read it
    uint32_t broken_; // 1: what the host wrote is no ring
    RingWriter<OneProducer> writer_;
    RingReader reader_;
    RequestTable<MessageChannel> requests_; // whose completions the host owes
    unsigned char payload_[kPayloadLimit];  // the softirq's
};

// ---- control path ----

template <typename Driver, uint32_t kPayloadLimit>
MessageChannel<Driver, kPayloadLimit>::~MessageChannel() {
    lis_os_softirq_destroy(softirq_);
    lis_os_work_destroy(give_up_);
    lis_os_queue_destroy(queue_);
    lis_os_event_destroy(changed_);
    lis_os_free(table_memory_);
}

template <typename Driver, uint32_t kPayloadLimit>
Status MessageChannel<Driver, kPayloadLimit>::init(lis_vmbus_channel* channel, const char* name) {
    channel_ = channel;
    changed_ = lis_os_event_create();
    queue_ = lis_os_queue_create(name);
    softirq_ = lis_os_softirq_create(on_softirq, this);
    table_memory_ = lis_os_alloc(static_cast<uint32_t>(requests_.memory_bytes(kRequestLimit)));
    if (changed_ == nullptr || queue_ == nullptr || softirq_ == nullptr || table_memory_ == nullptr ||
        !lock_.init(LockRank::DriverControl))
        return Status::NoMemory;
    give_up_ = lis_os_work_create(queue_, on_give_up, this);
    return give_up_ == nullptr ? Status::NoMemory : Status::Ok;
}

template <typename Driver, uint32_t kPayloadLimit>
int32_t MessageChannel<Driver, kPayloadLimit>::start(uint32_t ring_pages) {
    lis_vmbus_open open = {};
    open.size = sizeof open;
    open.send_pages = ring_pages;
    open.receive_pages = ring_pages;
    // Not the bus's softirq: that cannot be left for later when the budget is used up.
    open.dispatch = LIS_VMBUS_DISPATCH_IRQ;
    open.cpu = LIS_VMBUS_CPU_ANY;
    open.on_event = on_event;
    open.on_rescind = on_rescind;
    open.context = this;
    const int32_t result = lis_vmbus_channel_open(channel_, &open);
    if (result != 0)
        return result;
    open_ = true;
    const Status status = begin();
    if (status != Status::Ok)
        stop();
    return to_errno(status);
}

template <typename Driver, uint32_t kPayloadLimit>
Status MessageChannel<Driver, kPayloadLimit>::begin() {
    LIS_TRY(writer_.init(*lis_vmbus_channel_send_ring(channel_)));
    LIS_TRY(reader_.init(*lis_vmbus_channel_receive_ring(channel_)));
    LIS_TRY(requests_.init(table_memory_, kRequestLimit));
    atomic_store(&broken_, 0u);
    atomic_store(&ready_, 1u, __ATOMIC_RELEASE);
    lis_os_softirq_schedule(softirq_); // for what came before
    return Status::Ok;
}

// A run of the softirq that is still to come finds ready_ cleared; one that goes on is
// waited for.
template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::silence() {
    atomic_store(&ready_, 0u);
    lis_os_softirq_disable(softirq_);
    lis_os_softirq_enable(softirq_);
}

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::close_locked() {
    if (open_)
        lis_vmbus_channel_close(channel_);
    open_ = false;
}

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::stop() {
    silence();
    lis_os_work_cancel(give_up_); // nobody submits it any more
    MutexGuard guard(lock_);
    close_locked();
}

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::give_up() {
    lis_os_log(LIS_OS_LOG_ERROR, "the host's ring makes no sense; its channel is closed");
    silence();
    MutexGuard guard(lock_);
    close_locked();
}

template <typename Driver, uint32_t kPayloadLimit>
Status MessageChannel<Driver, kPayloadLimit>::send(Span message) {
    MutexGuard guard(lock_);
    if (!open_)
        return Status::Rescinded;
    const uint64_t id = LIS_TRY(requests_.add(this));
    const RingPacket packet = {hyperv::PacketType::InBand, true, id, &message, 1, 0};
    const Result<Signal> sent = writer_.send(packet);
    if (!sent.ok()) {
        const Result<MessageChannel*> unsent = requests_.take(id);
        static_cast<void>(unsent); // a host that guesses ids has completed it already
        return sent.status();
    }
    if (sent.value() == Signal::Due)
        lis_vmbus_channel_signal(channel_);
    return Status::Ok;
}

template <typename Driver, uint32_t kPayloadLimit>
template <typename Condition>
Status MessageChannel<Driver, kPayloadLimit>::wait_until(Condition done, uint32_t timeout_ms) {
    for (;;) {
        lis_os_event_reset(changed_);
        if (done())
            return Status::Ok;
        if (lis_vmbus_channel_rescinded(channel_) != 0)
            return Status::Rescinded;
        if (atomic_load(&broken_) != 0)
            return Status::BadPacket;
        if (lis_os_wait(changed_, timeout_ms) != 0)
            return done() ? Status::Ok : Status::TimedOut;
    }
}

// ---- data path ----

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::on_event(void* self) {
    MessageChannel& channel = *static_cast<MessageChannel*>(self);
    if (atomic_load(&channel.ready_, __ATOMIC_ACQUIRE) != 0)
        lis_os_softirq_schedule(channel.softirq_);
}

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::on_softirq(void* self) {
    MessageChannel& channel = *static_cast<MessageChannel*>(self);
    if (atomic_load(&channel.ready_, __ATOMIC_ACQUIRE) != 0)
        channel.drain();
}

// A host that keeps the ring full must not keep the CPU: after kBudget packets the
// rest waits for the softirq's next turn, with the ring still masked.
template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::drain() {
    if (reader_.broken())
        return;
    reader_.begin();
    uint32_t left = kBudget;
    do {
        for (; left != 0; left--) {
            const Result<PacketView> packet = reader_.next(MutableSpan(payload_, sizeof payload_));
            if (packet.ok())
                take(packet.value());
            else if (packet.status() == Status::TooBig)
                drop(LIS_VMBUS_DROP_PACKET_LENGTH);
            else
                break;
        }
        if (reader_.commit() == Signal::Due)
            lis_vmbus_channel_signal(channel_);
        if (left == 0)
            return lis_os_softirq_schedule(softirq_);
    } while (reader_.finish() == Drain::More);
    if (!reader_.broken())
        return;
    drop(LIS_VMBUS_DROP_RING_INDEX);
    atomic_store(&broken_, 1u);
    wake();
    lis_os_work_submit(give_up_);
}

template <typename Driver, uint32_t kPayloadLimit>
void MessageChannel<Driver, kPayloadLimit>::take(const PacketView& packet) {
    switch (packet.type()) {
    case hyperv::PacketType::InBand:
        return driver_.take(packet.payload());
    case hyperv::PacketType::Completion:
        if (!requests_.take(packet.transaction_id()).ok())
            drop(LIS_VMBUS_DROP_TRANSACTION);
        return;
    case hyperv::PacketType::TransferPages:
    case hyperv::PacketType::GpaDirect:
        break;
    }
    drop(LIS_VMBUS_DROP_PACKET_TYPE);
}

} // namespace lis

#endif
