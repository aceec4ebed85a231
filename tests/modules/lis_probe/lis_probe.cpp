// SPDX-License-Identifier: GPL-2.0-only
// Opens any channel and counts what the host sends. With a dynamic memory device it
// speaks that protocol (protocol.md chapter 7) as a guest that has no page to give:
// it reports, and refuses politely.
//
// Contexts: start, stop and the report's work item run in process context, one at a
// time because stop cancels the item first. The softirq runs beside them and alone
// reads. Both send, so the send ring has many producers. No locks.
#include "lis_probe_core.h"

#include <hyperv/dynamic_memory.h>
#include <lis/atomic.hpp>
#include <lis/guid.hpp>
#include <lis/memory.hpp>
#include <lis/reader.hpp>
#include <lis/result.hpp>
#include <lis/ring.hpp>

using lis::Result;
using lis::Signal;
using lis::Span;
using lis::Status;

namespace {

const uint32_t kRingPages = 5;
const uint32_t kAnswerMs = 5000;
const uint32_t kReportMs = 1000;
const uint32_t kBudget = 256; // packets for one run of the softirq
const uint64_t kHotAddAlignment = 7; // 2^7 MiB

const lis_guid kDynamicMemory = {{0xdc, 0x74, 0x50, 0x52, 0x85, 0x89, 0xe2, 0x46, 0x80, 0x57, 0xa3, 0x07, 0xdc, 0x18,
                                  0xa5, 0x02}};

enum class Counter : uint32_t { Events, Packets, Reports, Answers, Dropped, Unsent, Count };

const char* const kCounterNames[] = {"events", "packets", "reports", "answers", "dropped", "unsent"};
static_assert(sizeof kCounterNames / sizeof kCounterNames[0] == static_cast<uint32_t>(Counter::Count), "a name each");

} // namespace

struct lis_probe {
public:
    lis_probe()
        : channel_(nullptr), cpu_(LIS_VMBUS_CPU_ANY), queue_(nullptr), report_(nullptr), softirq_(nullptr), answered_(nullptr), answer_(0),
          version_(0), next_transaction_(0), open_(false), ready_(0), counters_() {}
    ~lis_probe();
    lis_probe(const lis_probe&) = delete;
    lis_probe& operator=(const lis_probe&) = delete;

    LIS_MUST_USE Status init(lis_vmbus_channel* channel, uint32_t cpu);
    int32_t start();
    void stop();

    uint32_t version() const { return lis::atomic_load(&version_); }
    uint64_t counter(uint32_t index) const { return counters_[index]; }

private:
    static void on_event(void* self);
    static void on_softirq(void* self);
    static void on_report(void* self) { static_cast<lis_probe*>(self)->report(); }

    LIS_MUST_USE Status begin();
    void close();
    LIS_MUST_USE Status negotiate();
    LIS_MUST_USE Status agree_on_version();
    LIS_MUST_USE Status show_capabilities();
    // Sends and waits for the answer's flags.
    template <typename Message>
    LIS_MUST_USE Result<unsigned long> ask(hyperv::DmType type, Message* message);

    void report();
    void drain();
    void take(const lis::PacketView& packet);
    void take_message(hyperv::DmType type, Span message);
    void take_answer(Span message);

    template <typename Message>
    LIS_MUST_USE Status send(hyperv::DmType type, Message* message);
    LIS_MUST_USE Status send_packet(Span piece);
    template <typename Message>
    void answer(hyperv::DmType type, Message* message);

    void drop(uint32_t reason) {
        count(Counter::Dropped);
        lis_vmbus_channel_drop(channel_, reason);
    }
    void count(Counter counter) { lis::count(&counters_[static_cast<uint32_t>(counter)]); }
    uint32_t take_transaction();

    lis_vmbus_channel* channel_;
    uint32_t cpu_;
    lis_os_queue* queue_;
    lis_os_work* report_;
    lis_os_softirq* softirq_;
    lis_os_event* answered_;
    unsigned long answer_;      // flags of the host's last answer; valid once answered_ is set
    uint32_t version_;          // agreed; 0: none
    uint32_t next_transaction_; // of any message to the host
    bool open_;
    uint32_t ready_;            // 1: writer_ and reader_ have rings
    uint64_t counters_[static_cast<uint32_t>(Counter::Count)];
    lis::RingWriter<lis::ManyProducers<>> writer_;
    lis::RingReader reader_;
    unsigned char scratch_[hyperv::kDmMessageBytes]; // the softirq's
};

lis_probe::~lis_probe() {
    lis_os_softirq_destroy(softirq_);
    lis_os_work_destroy(report_);
    lis_os_queue_destroy(queue_);
    lis_os_event_destroy(answered_);
}

Status lis_probe::init(lis_vmbus_channel* channel, uint32_t cpu) {
    channel_ = channel;
    cpu_ = cpu;
    answered_ = lis_os_event_create();
    queue_ = lis_os_queue_create("lis_probe");
    softirq_ = lis_os_softirq_create(on_softirq, this);
    if (answered_ == nullptr || queue_ == nullptr || softirq_ == nullptr)
        return Status::NoMemory;
    report_ = lis_os_work_create(queue_, on_report, this);
    return report_ == nullptr ? Status::NoMemory : Status::Ok;
}

int32_t lis_probe::start() {
    lis_vmbus_open open = {};
    open.size = sizeof open;
    open.send_pages = kRingPages;
    open.receive_pages = kRingPages;
    // Not the bus's softirq: it may run before open returns, when there is no reader
    // yet, and leaves the ring masked.
    open.dispatch = LIS_VMBUS_DISPATCH_IRQ;
    open.cpu = cpu_;
    open.on_event = on_event;
    open.context = this;
    const int32_t result = lis_vmbus_channel_open(channel_, &open);
    if (result != 0)
        return result;
    open_ = true;

    Status status = begin();
    if (status == Status::Ok)
        status = negotiate();
    if (status != Status::Ok)
        stop();
    return lis::to_errno(status);
}

void lis_probe::stop() {
    lis_os_work_cancel(report_);
    close();
    lis::atomic_store(&version_, 0u);
}

// ---- control path ----

Status lis_probe::begin() {
    LIS_TRY(writer_.init(*lis_vmbus_channel_send_ring(channel_)));
    LIS_TRY(reader_.init(*lis_vmbus_channel_receive_ring(channel_)));
    lis::atomic_store(&ready_, 1u, __ATOMIC_RELEASE);
    lis_os_softirq_schedule(softirq_); // for what came before
    return Status::Ok;
}

void lis_probe::close() {
    if (!open_)
        return;
    // A run that is still to come finds ready_ cleared; one that goes on is waited for.
    lis::atomic_store(&ready_, 0u);
    lis_os_softirq_disable(softirq_);
    lis_os_softirq_enable(softirq_);
    lis_vmbus_channel_close(channel_);
    open_ = false;
}

Status lis_probe::negotiate() {
    if (!lis::same_guid(lis_vmbus_channel_offer(channel_)->class_id, kDynamicMemory))
        return Status::Ok;
    LIS_TRY(agree_on_version());
    LIS_TRY(show_capabilities());
    lis_os_log(LIS_OS_LOG_INFO, "Using Dynamic Memory protocol version %u.%u", version() >> 16, version() & 0xFFFF);
    lis_os_work_submit_after(report_, kReportMs);
    return Status::Ok;
}

Status lis_probe::agree_on_version() {
    static const uint32_t versions[] = {hyperv::kDmVersion2_0, hyperv::kDmVersion1_0, hyperv::kDmVersion0_3};
    for (const uint32_t version : versions) {
        hyperv::DmVersionRequest request = {};
        request.version.set(version);
        request.last_attempt.set(version == hyperv::kDmVersion0_3 ? 1 : 0);
        // A host that is silent is not asked again: its late answer would be taken for the next one's.
        const unsigned long flags = LIS_TRY(ask(hyperv::DmType::VersionRequest, &request));
        if ((flags & hyperv::kDmAccepted) != 0) {
            lis::atomic_store(&version_, version);
            return Status::Ok;
        }
    }
    return Status::Refused;
}

Status lis_probe::show_capabilities() {
    hyperv::DmCapabilities request = {};
    // Hosts treat guests without hot add differently, so all guests claim to have it.
    request.flags.set(hyperv::kDmCanBalloon | hyperv::kDmCanHotAdd | kHotAddAlignment << hyperv::kDmAlignmentShift);
    request.max_page.set(~0ULL);
    const unsigned long flags = LIS_TRY(ask(hyperv::DmType::Capabilities, &request));
    return (flags & hyperv::kDmAccepted) != 0 ? Status::Ok : Status::Refused;
}

template <typename Message>
Result<unsigned long> lis_probe::ask(hyperv::DmType type, Message* message) {
    lis_os_event_reset(answered_);
    LIS_TRY(send(type, message));
    if (lis_os_wait(answered_, kAnswerMs) != 0)
        return Status::TimedOut;
    return lis::atomic_load(&answer_);
}

void lis_probe::report() {
    if (reader_.broken()) {
        lis_os_log(LIS_OS_LOG_ERROR, "the host's ring makes no sense; its channel is closed");
        close();
        return;
    }
    if (lis_vmbus_channel_rescinded(channel_) != 0)
        return;
    uint64_t total = 0, free = 0;
    lis_probe_shim_memory(&total, &free);
    hyperv::DmStatus status = {};
    status.available.set(free);
    status.committed.set(total - free);
    if (send(hyperv::DmType::Status, &status) == Status::Ok)
        count(Counter::Reports);
    else
        count(Counter::Unsent);
    lis_os_work_submit_after(report_, kReportMs);
}

// ---- both paths ----

template <typename Message>
Status lis_probe::send(hyperv::DmType type, Message* message) {
    static_assert(sizeof(Message) <= hyperv::kDmMessageBytes, "the host reads no more");
    message->header.type.set(static_cast<uint16_t>(type));
    message->header.size.set(sizeof(Message));
    message->header.transaction_id.set(take_transaction());
    return send_packet(Span(message, sizeof(Message)));
}

Status lis_probe::send_packet(Span piece) {
    const lis::RingPacket packet = {hyperv::PacketType::InBand, false, 0, &piece, 1, 0};
    const Signal signal = LIS_TRY(writer_.send(packet));
    if (signal == Signal::Due)
        lis_vmbus_channel_signal(channel_);
    return Status::Ok;
}

uint32_t lis_probe::take_transaction() {
    uint32_t taken;
    do {
        taken = lis::atomic_load(&next_transaction_);
    } while (!lis::atomic_compare_exchange(&next_transaction_, taken, taken + 1));
    return taken;
}

// ---- data path ----

void lis_probe::on_event(void* self) {
    lis_probe& probe = *static_cast<lis_probe*>(self);
    if (lis::atomic_load(&probe.ready_, __ATOMIC_ACQUIRE) != 0)
        lis_os_softirq_schedule(probe.softirq_);
}

void lis_probe::on_softirq(void* self) {
    lis_probe& probe = *static_cast<lis_probe*>(self);
    if (lis::atomic_load(&probe.ready_, __ATOMIC_ACQUIRE) != 0)
        probe.drain();
}

// A host that keeps the ring full must not keep the CPU: after kBudget packets the
// rest waits for the softirq's next turn, with the ring still masked.
void lis_probe::drain() {
    count(Counter::Events);
    reader_.begin();
    uint32_t left = kBudget;
    do {
        for (; left != 0; left--) {
            const Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch_, sizeof scratch_));
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
    } while (!reader_.broken() && reader_.finish() == lis::Drain::More);
    if (reader_.broken())
        drop(LIS_VMBUS_DROP_RING_INDEX); // and the next report closes the channel
}

void lis_probe::take(const lis::PacketView& packet) {
    count(Counter::Packets);
    if (!lis::same_guid(lis_vmbus_channel_offer(channel_)->class_id, kDynamicMemory))
        return;
    if (packet.type() != hyperv::PacketType::InBand)
        return drop(LIS_VMBUS_DROP_PACKET_TYPE);
    lis::ByteReader reader(packet.payload());
    const Result<hyperv::DmHeader> header = reader.read<hyperv::DmHeader>();
    // The payload is padded: it may be longer than the message, never shorter.
    if (!header.ok() || header.value().size.get() < sizeof(hyperv::DmHeader) ||
        header.value().size.get() > packet.payload().size())
        return drop(LIS_VMBUS_DROP_PAYLOAD);
    take_message(static_cast<hyperv::DmType>(header.value().type.get()),
                 packet.payload().first(header.value().size.get()));
}

void lis_probe::take_message(hyperv::DmType type, Span message) {
    switch (type) {
    case hyperv::DmType::VersionResponse:
    case hyperv::DmType::CapabilitiesResponse:
        return take_answer(message);
    case hyperv::DmType::BalloonRequest: {
        hyperv::DmBalloonResponse nothing = {}; // no ranges, no more messages
        return answer(hyperv::DmType::BalloonResponse, &nothing);
    }
    case hyperv::DmType::UnballoonRequest: {
        const Result<hyperv::DmUnballoonRequest> request = lis::ByteReader(message).read<hyperv::DmUnballoonRequest>();
        if (!request.ok())
            return drop(LIS_VMBUS_DROP_PAYLOAD);
        if ((request.value().more.get() & hyperv::kDmMore) != 0)
            return;
        hyperv::DmUnballoonResponse done = {};
        return answer(hyperv::DmType::UnballoonResponse, &done);
    }
    case hyperv::DmType::HotAddRequest: {
        hyperv::DmHotAddResponse never = {};
        never.result.set(1); // with no pages: the host need not ask again
        return answer(hyperv::DmType::HotAddResponse, &never);
    }
    case hyperv::DmType::Info:
        return;
    case hyperv::DmType::Error:
    case hyperv::DmType::VersionRequest:
    case hyperv::DmType::Capabilities:
    case hyperv::DmType::Status:
    case hyperv::DmType::BalloonResponse:
    case hyperv::DmType::UnballoonResponse:
    case hyperv::DmType::HotAddResponse:
    case hyperv::DmType::HotRemoveRequest:
    case hyperv::DmType::HotRemoveResponse:
        break; // not for us
    }
    drop(LIS_VMBUS_DROP_PAYLOAD);
}

void lis_probe::take_answer(Span message) {
    const Result<hyperv::DmAnswer> answer = lis::ByteReader(message).read<hyperv::DmAnswer>();
    if (!answer.ok())
        return drop(LIS_VMBUS_DROP_PAYLOAD);
    lis::atomic_store(&answer_, static_cast<unsigned long>(answer.value().flags.get()));
    lis_os_event_set(answered_);
}

template <typename Message>
void lis_probe::answer(hyperv::DmType type, Message* message) {
    count(send(type, message) == Status::Ok ? Counter::Answers : Counter::Unsent);
}

// ---- for the shim ----

struct lis_probe* lis_probe_create(struct lis_vmbus_channel* channel, uint32_t cpu) {
    lis_probe* const probe = lis::create<lis_probe>();
    if (probe == nullptr)
        return nullptr;
    if (probe->init(channel, cpu) != Status::Ok) {
        lis::destroy(probe);
        return nullptr;
    }
    return probe;
}

void lis_probe_destroy(struct lis_probe* probe) {
    lis::destroy(probe);
}

int32_t lis_probe_start(struct lis_probe* probe) {
    return probe->start();
}

void lis_probe_stop(struct lis_probe* probe) {
    probe->stop();
}

uint32_t lis_probe_version(const struct lis_probe* probe) {
    return probe->version();
}

const char* lis_probe_counter(const struct lis_probe* probe, uint32_t index, uint64_t* value) {
    if (index >= static_cast<uint32_t>(Counter::Count))
        return nullptr;
    *value = probe->counter(index);
    return kCounterNames[index];
}
