// SPDX-License-Identifier: GPL-2.0-only
#include "echo_client.hpp"

#include <cstring>
#include <gtest/gtest.h>

namespace bus_test {

using lis::Status;

EchoClient::~EchoClient() { lis_os_event_destroy(arrived_); }

int32_t EchoClient::open() {
    if (!arrived_) arrived_ = lis_os_event_create();
    lis_vmbus_open how = open_parameters(nullptr, pages, pages);
    how.dispatch = dispatch;
    how.cpu = cpu;
    how.on_event = [](void* context) { static_cast<EchoClient*>(context)->on_event(); };
    how.on_rescind = [](void* context) {
        EchoClient* const self = static_cast<EchoClient*>(context);
        self->rescinds_++;
        lis_os_event_set(self->arrived_);
    };
    how.context = this;
    ready_ = false;
    const int32_t status = lis_vmbus_channel_open(channel_, &how);
    if (status != 0) return status;
    EXPECT_EQ(writer_.init(*lis_vmbus_channel_send_ring(channel_)), Status::Ok);
    EXPECT_EQ(reader_.init(*lis_vmbus_channel_receive_ring(channel_)), Status::Ok);
    sent_ = received_ = 0;
    ready_ = true;
    return 0;
}

void EchoClient::on_event() {
    if (!ready_) return;
    reader_.begin();
    do {
        for (;;) {
            const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch_, sizeof scratch_));
            if (!packet.ok()) break;
            uint32_t number = 0;
            const lis::Span payload = packet.value().payload();
            if (payload.size() >= 4) memcpy(&number, payload.data(), 4);
            if (number != received_ || packet.value().transaction_id() != number + 1u) wrong_++;
            received_++;
        }
        if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    } while (reader_.finish() == lis::Drain::More);
    lis_os_event_set(arrived_);
}

bool EchoClient::send(uint32_t number, uint32_t bytes) {
    unsigned char payload[4096] = {};
    memcpy(payload, &number, sizeof number);
    const lis::Span piece(payload, bytes);
    const lis::RingPacket packet = {hyperv::PacketType::InBand, true, number + 1u, &piece, 1, 0};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    if (!sent.ok()) return false;
    if (sent.value() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    return true;
}

bool EchoClient::exchange(uint32_t count, uint32_t bytes, uint32_t timeout_ms) {
    const uint64_t deadline = lis_os_now_ns() + uint64_t{timeout_ms} * 1000000;
    const uint32_t end = sent_ + count;
    while (received_ < end) {
        if (lis_os_now_ns() > deadline || lis_vmbus_channel_rescinded(channel_)) return false;
        if (sent_ < end && send(sent_, bytes)) {
            sent_++;
            continue;
        }
        if (lis_os_wait(arrived_, 1) == 0) lis_os_event_reset(arrived_);
    }
    return wrong_ == 0;
}

} // namespace bus_test
