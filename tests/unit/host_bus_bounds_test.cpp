// SPDX-License-Identifier: GPL-2.0-only
// What a guest can make the bus server keep is bounded, whatever the guest does.
#include "host/bus.hpp"
#include "host/echo_device.hpp"

#include <hyperv/hypercall.h>

#include <cstring>
#include <gtest/gtest.h>

using hyperv::MessageType;

namespace {

const uint32_t kPages = 16;

// A guest whose messages nobody takes.
class DeafGuest : public host::Platform {
public:
    DeafGuest() : memory_(kPages * 512), synic_(*this), bus(*this, synic_, host::BusOptions()) {
        synic_.msr_written(0, hyperv::kMsrScontrol, 1);
        synic_.msr_written(0, hyperv::kMsrSimp, 1 << 12 | 1);
        synic_.msr_written(0, hyperv::kMsrSiefp, 2 << 12 | 1);
        bus.behaviour.on(MessageType::GpadlCreated).edit = [this](host::Outgoing& message) {
            hyperv::GpadlCreated created;
            memcpy(&created, message.bytes.data(), sizeof created);
            last_status = created.status.get();
        };
    }

    void connect() {
        hyperv::InitiateContact contact = {};
        contact.version.set(hyperv::kVersionWin10);
        contact.target.set(3 << 12);
        contact.parent_to_child_monitor.set(4 << 12);
        contact.child_to_parent_monitor.set(5 << 12);
        post(contact, MessageType::InitiateContact);
    }
    void share(uint32_t handle, uint16_t ranges = 1) {
        struct __attribute__((packed)) {
            hyperv::GpadlHeader header;
            uint64_t range[2];
        } message = {};
        message.header.relid.set(1);
        message.header.gpadl.set(handle);
        message.header.range_bytes.set(16);
        message.header.range_count.set(ranges);
        message.range[0] = 4096;
        message.range[1] = 6;
        hyperv::MessageHeader type = {};
        type.type.set(static_cast<uint32_t>(MessageType::GpadlHeader));
        memcpy(&message, &type, sizeof type);
        send(&message, sizeof message);
    }
    template <typename T>
    void post(T message, MessageType type) {
        message.header.type.set(static_cast<uint32_t>(type));
        send(&message, sizeof message);
    }

    void* page(uint64_t frame) override { return frame < kPages ? &memory_[frame * 512] : nullptr; }
    bool raise_sint(uint32_t, uint32_t) override { return true; }
    uint64_t now_ns() override { return 0; }
    void after(uint64_t, std::function<void()> action) override {
        if (delivers) action();
    }
    void page_held(uint64_t) override { held++; }
    void page_released(uint64_t) override { held--; }

private:
    void send(const void* message, size_t size) {
        const auto* const bytes = static_cast<const unsigned char*>(message);
        EXPECT_EQ(hyperv::kStatusSuccess, bus.post_message(hyperv::kConnectionMessages, 1, bytes, size));
    }

    std::vector<uint64_t> memory_;
    host::Synic synic_;

public:
    host::Bus bus;
    bool delivers = false;
    uint32_t last_status = 0xFFFFFFFF;
    uint64_t held = 0;
};

} // namespace

TEST(HostBusBounds, GpadlsAreRefusedFromSomeNumberOn) {
    DeafGuest guest;
    guest.bus.add_device(std::make_shared<host::EchoDevice>(host::OfferDescription()));
    guest.connect();
    const uint64_t before = guest.held;
    for (uint32_t handle = 1; handle <= 8192; handle++) {
        guest.share(handle);
        ASSERT_EQ(0u, guest.last_status) << handle;
    }
    for (uint32_t handle = 8193; handle < 8200; handle++) {
        guest.share(handle);
        EXPECT_NE(0u, guest.last_status) << handle;
    }
    EXPECT_EQ(8192u, guest.bus.gpadl_count());
    EXPECT_EQ(before + 8192, guest.held);
}

TEST(HostBusBounds, GpadlWithoutARangeIsRefused) {
    DeafGuest guest;
    guest.bus.add_device(std::make_shared<host::EchoDevice>(host::OfferDescription()));
    guest.connect();
    guest.share(1, 0);
    EXPECT_NE(0u, guest.last_status);
    EXPECT_EQ(0u, guest.bus.gpadl_count());
}

TEST(HostBusBounds, WhoConnectsForEverIsForgotten) {
    DeafGuest guest;
    guest.bus.add_device(std::make_shared<host::EchoDevice>(host::OfferDescription()));
    for (uint32_t round = 0; round < 20000; round++) {
        guest.connect();
        guest.share(1);
        ASSERT_LE(guest.held, 20000u) << "round " << round;
    }
}
