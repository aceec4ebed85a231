// SPDX-License-Identifier: GPL-2.0-only
#include "ic_guest.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace bus_test {

using host::ServiceVersion;
using hyperv::IcMessage;

IcGuest::IcGuest(lis_vmbus_channel* channel) : channel_(channel) {
    lis_vmbus_open how = open_parameters(nullptr, 4, 4);
    how.on_event = [](void*) {};
    EXPECT_EQ(lis_vmbus_channel_open(channel_, &how), 0);
    EXPECT_EQ(writer_.init(*lis_vmbus_channel_send_ring(channel_)), lis::Status::Ok);
    EXPECT_EQ(reader_.init(*lis_vmbus_channel_receive_ring(channel_)), lis::Status::Ok);
}

IcGuest::~IcGuest() { lis_vmbus_channel_close(channel_); }

IcRequest IcGuest::receive(uint32_t ms) {
    IcRequest request;
    for (uint32_t waited = 0; waited <= ms; waited++) {
        static unsigned char scratch[16384];
        const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch, sizeof scratch));
        if (!packet.ok()) {
            lis_os_sleep_ms(1);
            continue;
        }
        const lis::Span payload = packet.value().payload();
        const unsigned char* const bytes = static_cast<const unsigned char*>(payload.data());
        request.bytes.assign(bytes, bytes + payload.size());
        request.transaction_id = packet.value().transaction_id();
        EXPECT_EQ(packet.value().type(), hyperv::PacketType::InBand);
        if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
        // Padding is no part of it.
        request.bytes.resize(sizeof(hyperv::PipeHeader) + request.message()->pipe.size.get());
        break;
    }
    return request;
}

void IcGuest::send(const std::vector<unsigned char>& bytes, uint64_t transaction_id) {
    const lis::Span piece(bytes.data(), static_cast<uint32_t>(bytes.size()));
    const lis::RingPacket packet = {hyperv::PacketType::InBand, false, transaction_id, &piece, 1, 0};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    ASSERT_TRUE(sent.ok());
    lis_vmbus_channel_signal(channel_);
}

void IcGuest::answer(IcRequest request, uint32_t status) {
    request.message()->ic.status.set(status);
    request.message()->ic.flags = hyperv::kIcTransaction | hyperv::kIcResponse;
    send(request.bytes, request.transaction_id);
}

bool IcGuest::all_read() const {
    const auto* const control = static_cast<const hyperv::RingControl*>(lis_vmbus_channel_send_ring(channel_)->control);
    return lis::load_once(&control->read_index) == lis::load_once(&control->write_index);
}

std::vector<ServiceVersion> IcGuest::offered(IcRequest& request, bool frameworks) {
    const hyperv::IcNegotiate* const counts = request.body<hyperv::IcNegotiate>();
    std::vector<ServiceVersion> list;
    if (!counts) return list;
    const unsigned char* at = request.bytes.data() + sizeof(IcMessage) + sizeof *counts;
    const unsigned first = frameworks ? 0 : counts->framework_count.get();
    const unsigned count = frameworks ? counts->framework_count.get() : counts->message_count.get();
    for (unsigned i = 0; i < count; i++) {
        hyperv::IcVersion version;
        memcpy(&version, at + (first + i) * sizeof version, sizeof version);
        list.push_back({version.major.get(), version.minor.get()});
    }
    return list;
}

bool IcGuest::accept(ServiceVersion version, ServiceVersion framework) {
    IcRequest request = receive();
    if (!request || request.type() != hyperv::IcType::Negotiate) return false;
    const std::vector<ServiceVersion> frameworks = offered(request, true), versions = offered(request, false);
    if (std::count(frameworks.begin(), frameworks.end(), framework) != 1) return false;
    if (std::count(versions.begin(), versions.end(), version) != 1) return false;
    struct Answer {
        hyperv::IcNegotiate counts;
        hyperv::IcVersion framework, version;
    };
    Answer* const answer_body = request.body<Answer>();
    answer_body->counts.framework_count.set(1);
    answer_body->counts.message_count.set(1);
    answer_body->framework.major.set(framework.major);
    answer_body->framework.minor.set(framework.minor);
    answer_body->version.major.set(version.major);
    answer_body->version.minor.set(version.minor);
    request.message()->ic.size.set(hyperv::kIcNegotiatedBytes);
    answer(request);
    lis_os_sleep_ms(1);
    return true;
}

void with_ic_guest(std::shared_ptr<host::IcService> service, const std::function<void(World&, IcGuest&)>& body) {
    World world(WorldOptions{});
    world.bus.add_device(service);
    world.run_connected([&] {
        IcGuest guest(world.devices.at(0)->channel);
        body(world, guest);
    });
}

} // namespace bus_test
