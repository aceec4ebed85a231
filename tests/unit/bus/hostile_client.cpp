// SPDX-License-Identifier: GPL-2.0-only
#include "hostile_client.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <lis/reader.hpp>

namespace bus_test {

using lis::Status;

namespace {

const uint64_t kPostMs = 200 * 1000;     // a message that the host refuses again and again
const uint64_t kAnswerMs = 60 * 1000;    // GPADL_CREATED, OPEN_CHANNEL_RESULT
const uint64_t kTeardownMs = 10 * 1000;
const uint64_t kMoveMs = 10 * 1000;
const uint64_t kSlackMs = 5 * 1000;      // locks that another call holds for a moment
const uint64_t kGpadlMs = kAnswerMs + kTeardownMs + 4 * kPostMs + kSlackMs;
const uint64_t kOpenMs = 2 * kAnswerMs + 2 * kTeardownMs + 6 * kPostMs + kSlackMs;
const uint64_t kCloseMs = kTeardownMs + 4 * kPostMs + kSlackMs;

const uint32_t kBurst = 32;
const uint32_t kMostRanges = 6;
const uint32_t kFailuresAtMost = 20; // of opening in a row, then the driver gives up

} // namespace

void in_time(const char* what, uint64_t limit_ms, const std::function<void()>& call) {
    const uint64_t begin = lis_os_now_ns();
    call();
    const uint64_t ms = (lis_os_now_ns() - begin) / 1000000;
    EXPECT_LE(ms, limit_ms) << what << " has returned too late";
}

HostileClient::HostileClient(lis_vmbus_channel* channel, uint64_t seed, ClientCounts& counts)
    : channel_(channel), random_(seed), counts_(counts), arrived_(lis_os_event_create()),
      table_memory_(lis::RequestTable<Request>::memory_bytes(kRequests)) {
    lis_vmbus_channel_get(channel_);
}

HostileClient::~HostileClient() {
    lis_os_event_destroy(arrived_);
    lis_vmbus_channel_put(channel_);
}

void HostileClient::start() {
    task_ = World::current().machine.scheduler.spawn("hostile client", [this] { run(); });
}

void HostileClient::stop() {
    stop_ = true;
    if (task_) World::current().machine.scheduler.join(task_);
    task_ = nullptr;
}

void HostileClient::run() {
    for (uint32_t failures = 0; !stop_ && failures < kFailuresAtMost && !lis_vmbus_channel_rescinded(channel_);) {
        if (!open_ && !open()) {
            failures++;
            lis_os_sleep_ms(20);
            continue;
        }
        failures = 0;
        burst();
        if (broken_) close();
        if (random_.once_in(30)) something_else();
    }
    close();
}

bool HostileClient::open() {
    lis_vmbus_open how = open_parameters(nullptr, 2 + random_.below(2), 2 + random_.below(2));
    how.on_event = [](void* context) { static_cast<HostileClient*>(context)->on_event(); };
    how.on_rescind = [](void* context) { lis_os_event_set(static_cast<HostileClient*>(context)->arrived_); };
    how.on_rings = [](void* context) {
        HostileClient* const self = static_cast<HostileClient*>(context);
        EXPECT_EQ(self->writer_.init(*lis_vmbus_channel_send_ring(self->channel_)), Status::Ok);
        EXPECT_EQ(self->reader_.init(*lis_vmbus_channel_receive_ring(self->channel_)), Status::Ok);
    };
    how.dispatch = random_.once_in(4) ? LIS_VMBUS_DISPATCH_IRQ : LIS_VMBUS_DISPATCH_SOFTIRQ;
    how.context = this;
    EXPECT_EQ(table_.init(table_memory_.data(), kRequests), Status::Ok);
    for (Request& request : requests_) request = Request();
    outstanding_ = 0;
    broken_ = false;
    int32_t status = 0;
    in_time("open", kOpenMs, [&] { status = lis_vmbus_channel_open(channel_, &how); });
    if (status != 0) {
        counts_.failed_opens++;
        return false;
    }
    counts_.opens++;
    open_ = true;
    if (opened) opened();
    return true;
}

void HostileClient::close() {
    if (!open_) return;
    if (closing) closing();
    in_time("close", kCloseMs, [&] { lis_vmbus_channel_close(channel_); });
    open_ = false;
    // Nobody completes these any more, and none of them twice.
    uint32_t index = 0;
    while (Request* const request = table_.take_any(&index)) {
        EXPECT_TRUE(request->outstanding);
        request->outstanding = false;
        outstanding_--;
    }
    EXPECT_EQ(outstanding_, 0u) << "requests that are neither completed nor outstanding";
}

bool HostileClient::send() {
    Request* request = nullptr;
    for (Request& each : requests_)
        if (!each.outstanding) request = &each;
    if (!request) return false;
    request->number = ++numbers_;
    request->outstanding = true;
    const lis::Result<uint64_t> id = table_.add(request);
    if (!id.ok()) {
        ADD_FAILURE() << "the table is full before its slots are";
        request->outstanding = false;
        return false;
    }
    outstanding_++;
    uint32_t words[2 + 2 * kMostRanges] = {request->number, random_.below(kMostRanges + 1)};
    for (uint32_t i = 0; i < words[1]; i++) {
        words[2 + 2 * i] = random_.below(4096);
        words[3 + 2 * i] = random_.below(256);
    }
    const lis::Span piece(words, (2 + 2 * words[1]) * sizeof words[0]);
    const lis::RingPacket packet = {hyperv::PacketType::InBand, true, id.value(), &piece, 1, 0};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    if (!sent.ok()) {
        const lis::Result<Request*> taken = table_.take(id.value());
        EXPECT_TRUE(taken.ok());
        request->outstanding = false;
        outstanding_--;
        if (sent.status() == Status::BadPacket) {
            counts_.send_broken++;
            broken_ = true;
        }
        return false;
    }
    counts_.sent++;
    if (sent.value() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    return true;
}

void HostileClient::burst() {
    uint32_t sent = 0;
    while (sent < kBurst && !broken_ && send()) sent++;
    for (uint32_t looks = 0; outstanding_ > kRequests / 2 && !broken_ && !stop_; looks++) {
        if (lis_vmbus_channel_rescinded(channel_)) return;
        if (lis_os_wait(arrived_, 1) == 0) lis_os_event_reset(arrived_);
        // A signal, an answer or a whole packet is lost: a driver resets its device.
        if (looks == 5) {
            counts_.stalls++;
            broken_ = true;
        }
    }
}

void HostileClient::something_else() {
    switch (random_.below(5)) {
    case 0: close(); break;
    case 1:
    case 2: {
        int32_t status = 0;
        in_time("set_cpu", kMoveMs + kPostMs + kSlackMs, [&] { status = lis_vmbus_channel_set_cpu(channel_, random_.below(4)); });
        (status == 0 ? counts_.moves : counts_.failed_moves)++;
        break;
    }
    default: {
        lis_vmbus_gpadl* gpadl = nullptr;
        int32_t status = 0;
        in_time("gpadl_create", kGpadlMs, [&] { status = lis_vmbus_gpadl_create(channel_, 1 + random_.below(60), &gpadl); });
        (status == 0 ? counts_.gpadls : counts_.failed_gpadls)++;
        if (status == 0) in_time("gpadl_release", kTeardownMs + kPostMs + kSlackMs, [&] { lis_vmbus_gpadl_release(gpadl); });
        break;
    }
    }
}

// What a host with 0 ranges too many, or a range too long, would make a careless driver read.
void HostileClient::judge_payload(const lis::Span& payload) {
    lis::ByteReader reader(payload);
    const lis::Result<uint32_t> number = reader.read<uint32_t>();
    const lis::Result<uint32_t> count = number.ok() ? reader.read<uint32_t>() : lis::Result<uint32_t>(Status::BadPacket);
    bool good = count.ok() && count.value() <= kMostRanges;
    for (uint32_t i = 0; good && i < count.value(); i++) {
        const lis::Result<uint32_t> offset = reader.read<uint32_t>();
        const lis::Result<uint32_t> size = offset.ok() ? reader.read<uint32_t>() : lis::Result<uint32_t>(Status::BadPacket);
        good = size.ok() && offset.value() < 4096 && size.value() < 256;
    }
    if (good) return;
    counts_.bad_payloads++;
    lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
}

void HostileClient::judge(const lis::PacketView& packet) {
    counts_.packets++;
    if (packet.type() != hyperv::PacketType::Completion) {
        counts_.bad_types++;
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PACKET_TYPE);
        return;
    }
    judge_payload(packet.payload());
    const lis::Result<Request*> request = table_.take(packet.transaction_id());
    if (!request.ok()) {
        counts_.unknown_ids++;
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_TRANSACTION);
        return;
    }
    EXPECT_TRUE(request.value()->outstanding) << "a request is completed twice";
    request.value()->outstanding = false;
    outstanding_--;
    counts_.completed++;
}

void HostileClient::on_event() {
    if (broken_) return;
    reader_.begin();
    do {
        for (;;) {
            const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch_, sizeof scratch_));
            if (packet.ok()) {
                judge(packet.value());
                continue;
            }
            if (packet.status() == Status::WouldBlock) break;
            if (packet.status() == Status::TooBig) {
                counts_.too_big++;
                lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PACKET_LENGTH);
                continue;
            }
            counts_.broken++;
            lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_RING_INDEX);
            broken_ = true;
            break;
        }
        if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    } while (!broken_ && reader_.finish() == lis::Drain::More);
    lis_os_event_set(arrived_);
}

} // namespace bus_test
