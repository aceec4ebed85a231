// SPDX-License-Identifier: GPL-2.0-only
#include "queue.hpp"

#include "srb.hpp"

namespace storvsc_core {

using hyperv::PacketType;
using hyperv::StorageOperation;
using hyperv::StoragePacket;
using lis::PacketView;
using lis::RingEnvelope;
using lis::Signal;

namespace {

const uint32_t kPage = 4096;

struct RangeExtension {
    hyperv::GpaDirectHeader header;
    hyperv::GpaRange range;
};
static_assert(sizeof(RangeExtension) == 16, "words of 8 bytes, and no padding");

uint32_t frame_count(const storvsc_command& command) {
    return (command.data_offset + command.data_bytes + kPage - 1) / kPage;
}

// The extension of a GPA-direct packet, straight from the shim's list. Frames beyond those
// that the bytes touch are left out; a list that ends too early is the shim's mistake,
// and repeats its last page.
unsigned char* write_range(unsigned char* at, const storvsc_command& command, uint32_t frames) {
    RangeExtension extension = {};
    extension.header.range_count.set(1);
    extension.range.byte_count.set(command.data_bytes);
    extension.range.byte_offset.set(command.data_offset);
    lis::copy_words_out(at, &extension, sizeof extension);
    at += sizeof extension;
    while (frames != 0) {
        uint64_t frame;
        uint32_t run = storvsc_shim_frames(command.frames, &frame);
        if (run > frames)
            run = frames;
        frames -= run;
        for (; run != 0; run--, frame++, at += sizeof frame)
            lis::copy_out(at, &frame, sizeof frame);
    }
    return at;
}

bool is_valid(const storvsc_command& command) {
    return command.cdb_bytes <= STORVSC_CDB_LIMIT && command.data_offset < kPage &&
           (command.data_bytes == 0) == (command.direction == STORVSC_NO_DATA) && command.direction <= STORVSC_NO_DATA;
}

} // namespace

Queue::Queue()
    : owner_(nullptr), channel_(nullptr), softirq_(nullptr), table_memory_(nullptr), format_(format_of(0)), closed_(1),
      broken_(0), uncommitted_(0), turns_(0), deferred_(0), rings_are_good_(false) {}

Queue::~Queue() {
    lis_os_softirq_destroy(softirq_);
    lis_os_free(table_memory_);
}

Status Queue::init(storvsc& owner, lis_vmbus_channel* channel, uint32_t depth) {
    owner_ = &owner;
    channel_ = channel;
    softirq_ = lis_os_softirq_create(on_softirq, this);
    table_memory_ = lis_os_alloc(static_cast<uint32_t>(requests_.memory_bytes(depth)));
    if (softirq_ == nullptr || table_memory_ == nullptr)
        return Status::NoMemory;
    return requests_.init(table_memory_, depth);
}

void Queue::set_depth(uint32_t depth) {
    const Status status = requests_.init(table_memory_, depth);
    static_cast<void>(status); // it has been good for more
}

// ---- life ----

int32_t Queue::open(uint32_t ring_pages, uint32_t dispatch) {
    const hyperv::StorageProperties user_data = {};
    lis_vmbus_open open = {};
    open.size = sizeof open;
    open.send_pages = ring_pages;
    open.receive_pages = ring_pages;
    open.dispatch = dispatch;
    open.cpu = LIS_VMBUS_CPU_ANY;
    open.user_data = &user_data;
    open.user_data_size = sizeof user_data;
    open.on_rings = on_rings;
    open.on_event = on_event;
    open.on_rescind = on_rescind;
    open.context = this;
    rings_are_good_ = false;
    const int32_t result = lis_vmbus_channel_open(channel_, &open);
    if (result == 0 && rings_are_good_)
        return 0;
    close();
    return result != 0 ? result : -LIS_EINVAL;
}

void Queue::take_rings() {
    rings_are_good_ = writer_.init(*lis_vmbus_channel_send_ring(channel_)) == Status::Ok &&
                      reader_.init(*lis_vmbus_channel_receive_ring(channel_)) == Status::Ok;
    lis::atomic_store(&turns_, 0u);
    lis::atomic_store(&deferred_, 0u);
    lis::atomic_store(&broken_, 0u);
    lis::atomic_store(&uncommitted_, 0u);
    lis::atomic_store(&closed_, rings_are_good_ ? 0u : 1u, __ATOMIC_RELEASE);
}

// The softirq first, which only the interrupt starts: what that begins from now on
// finds closed_.
void Queue::close() {
    lis::atomic_store(&closed_, 1u, __ATOMIC_RELEASE);
    wait_for_completions();
    lis_vmbus_channel_close(channel_);
}

void Queue::wait_for_completions() {
    lis_os_quiesce();
    lis_os_softirq_disable(softirq_);
    lis_os_softirq_enable(softirq_);
}

// ---- to the host ----

void Queue::signal_if(Signal signal) {
    if (signal == Signal::Due)
        lis_vmbus_channel_signal(channel_);
}

Status Queue::judge_send(Status status) {
    if (status == Status::BadPacket)
        break_off();
    return status;
}

Status Queue::submit(storvsc_request* request, const storvsc_command& command, bool more) {
    if (__builtin_expect(!is_valid(command), 0))
        return Status::Invalid;
    request->bytes = command.data_bytes;
    request->opcode = command.cdb[0];
    request->is_question = 0;
    StoragePacket packet = {};
    write_srb(command, format_, &packet);

    const bool has_data = command.data_bytes != 0;
    const uint32_t frames = has_data ? frame_count(command) : 0;
    const uint64_t id = LIS_TRY(requests_.reserve(request));
    RingEnvelope envelope;
    envelope.type = has_data ? PacketType::GpaDirect : PacketType::InBand;
    envelope.completion_requested = true;
    envelope.transaction_id = id;
    envelope.extension_bytes = has_data ? static_cast<uint32_t>(sizeof(RangeExtension)) + frames * 8 : 0;
    envelope.bytes = envelope.extension_bytes + format_.packet_bytes;
    const uint32_t packet_bytes = format_.packet_bytes;
    const auto fill = [&](unsigned char* at) {
        if (has_data)
            at = write_range(at, command, frames);
        lis::copy_words_out(at, &packet, packet_bytes);
        requests_.arm(id); // a host that guesses ids finds nothing before
    };

    Status status;
    if (more) {
        status = writer_.add_built(envelope, fill);
        lis::atomic_store(&uncommitted_, 1u, __ATOMIC_RELEASE);
    } else {
        const Result<Signal> sent = writer_.send_built(envelope, fill);
        status = sent.status();
        if (sent.ok())
            signal_if(sent.value());
    }
    if (__builtin_expect(status == Status::Ok, 1))
        return Status::Ok;
    requests_.cancel(id);
    return judge_send(status);
}

void Queue::commit() {
    if (lis::atomic_load(&uncommitted_) == 0)
        return;
    // Before publish(): what is added meanwhile is announced again.
    lis::atomic_store(&uncommitted_, 0u);
    lis::full_barrier();
    signal_if(writer_.publish());
}

Result<uint64_t> Queue::ask(storvsc_request* question, const StoragePacket& packet) {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return Status::Rescinded;
    question->is_question = 1;
    const uint64_t id = LIS_TRY(requests_.add(question));
    const lis::Span piece(&packet, format_.packet_bytes);
    const lis::RingPacket whole = {PacketType::InBand, true, id, &piece, 1, 0};
    const Result<Signal> sent = writer_.send(whole);
    if (sent.ok()) {
        signal_if(sent.value());
        return id;
    }
    static_cast<void>(forget(id));
    return judge_send(sent.status());
}

// ---- from the host ----

void Queue::take_event() {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return;
    if (lis::atomic_fetch_add(&turns_, 1u) == 0)
        go_on();
}

// One that was left from before the queue was closed finds nothing to do.
void Queue::take_softirq() {
    if (lis::atomic_compare_exchange(&deferred_, 1u, 0u))
        go_on();
}

void Queue::defer() {
    lis::atomic_store(&deferred_, 1u, __ATOMIC_RELEASE);
    lis_os_softirq_schedule(softirq_);
}

// Has the role.
void Queue::go_on() {
    uint32_t left = kBudget;
    while (left != 0) {
        if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
            return; // the role stays taken until the next open
        const uint32_t turns = lis::atomic_load(&turns_);
        left--; // an interrupt without packets costs too
        if (!drain(&left))
            break;
        if (lis::atomic_compare_exchange(&turns_, turns, 0u))
            return;
    }
    defer();
}

// A packet with an extension before its payload is no answer of this protocol.
LIS_ALWAYS_INLINE void Queue::complete(const PacketView& packet, StoragePacket& answer) {
    const Result<storvsc_request*> found = requests_.take(packet.transaction_id());
    if (__builtin_expect(!found.ok(), 0))
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_TRANSACTION);
    storvsc_request* const request = found.value();

    const size_t bytes = packet.extension().empty() ? packet.payload().size() : 0;
    if (__builtin_expect(bytes < sizeof answer, 0))
        __builtin_memset(reinterpret_cast<unsigned char*>(&answer) + bytes, 0, sizeof answer - bytes);
    const size_t wanted = request->is_question ? hyperv::kStorageHeaderBytes : kAnswerBytes;
    const bool good = bytes >= wanted && answer.operation.get() == static_cast<uint32_t>(StorageOperation::CompleteIo);
    if (__builtin_expect(!good, 0))
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    if (__builtin_expect(request->is_question, 0))
        return on_answer(*owner_, answer, good);
    const storvsc_verdict verdict =
        good ? judge(*request, answer, format_) : verdict_without_answer(*request, STORVSC_FAILED);
    storvsc_shim_complete(request, &verdict);
}

// False: there is more.
bool Queue::drain(uint32_t* left) {
    // A packet's payload lands where it is judged; complete() clears what the host has not sent.
    StoragePacket answer __attribute__((aligned(8)));
    if (reader_.broken())
        return true;
    reader_.begin();
    do {
        for (; *left != 0; --*left) {
            const Result<PacketView> packet = reader_.next_start(lis::MutableSpan(&answer, sizeof answer));
            if (!packet.ok())
                break;
            if (__builtin_expect(packet.value().type() == PacketType::Completion, 1))
                complete(packet.value(), answer);
            else
                take_other(packet.value());
        }
        signal_if(reader_.commit());
        if (*left == 0)
            return false;
    } while (reader_.finish() == lis::Drain::More);
    if (reader_.broken()) {
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_RING_INDEX);
        break_off();
    }
    return true;
}

void Queue::break_off() {
    lis::atomic_store(&broken_, 1u);
    on_trouble(*owner_);
}

void Queue::take_other(const PacketView& packet) {
    if (packet.type() != PacketType::InBand)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PACKET_TYPE);
    lis::Le32 operation;
    if (packet.payload().size() < sizeof operation)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    __builtin_memcpy(&operation, packet.payload().data(), sizeof operation);
    switch (static_cast<StorageOperation>(operation.get())) {
    case StorageOperation::RemoveDevice:
    case StorageOperation::EnumerateBus:
        return on_units_changed(*owner_);
    case StorageOperation::EventNotification: // of a medium, which the SCSI layer asks for itself
        return;
    default:
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    }
}

} // namespace storvsc_core
