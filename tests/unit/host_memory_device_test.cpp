// SPDX-License-Identifier: GPL-2.0-only
// The dynamic memory host against a good and a bad guest.
#include "bus/world.hpp"
#include "host/memory/memory_device.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <lis/ring.hpp>

using bus_test::World;
using host::MemoryDevice;
using host::PageRange;
using hyperv::DmType;

namespace {

const uint64_t kUnit = 512;                // pages of 2 MiB
const uint64_t kPresent = 64 * kUnit;      // 128 MiB
const uint64_t kRoom = uint64_t{1} << 20;  // 4 GiB
const uint64_t kSection = 32768;           // pages of 128 MiB

// Says what the test tells it to say.
class Guest {
public:
    explicit Guest(lis_vmbus_channel* channel) : channel_(channel) {
        lis_vmbus_open how = bus_test::open_parameters(nullptr, 5, 5);
        how.on_event = [](void*) {};
        EXPECT_EQ(lis_vmbus_channel_open(channel_, &how), 0);
        EXPECT_EQ(writer_.init(*lis_vmbus_channel_send_ring(channel_)), lis::Status::Ok);
        EXPECT_EQ(reader_.init(*lis_vmbus_channel_receive_ring(channel_)), lis::Status::Ok);
    }
    ~Guest() { lis_vmbus_channel_close(channel_); }

    void send(const void* message, size_t size) {
        const lis::Span piece(message, static_cast<uint32_t>(size));
        const lis::RingPacket packet = {hyperv::PacketType::InBand, false, 0, &piece, 1, 0};
        const lis::Result<lis::Signal> sent = writer_.send(packet);
        ASSERT_TRUE(sent.ok());
        lis_vmbus_channel_signal(channel_);
    }

    template <typename T>
    T make(DmType type) {
        T message = {};
        message.header.type.set(static_cast<uint16_t>(type));
        message.header.size.set(sizeof message);
        message.header.transaction_id.set(++transaction_);
        return message;
    }

    // The next message of that type, as it came; empty: it did not come.
    std::vector<unsigned char> receive(DmType type) {
        for (int tries = 0; tries < 50; tries++) {
            unsigned char scratch[8192];
            const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch, sizeof scratch));
            if (!packet.ok()) {
                lis_os_sleep_ms(1);
                continue;
            }
            const lis::Span payload = packet.value().payload();
            const unsigned char* const bytes = static_cast<const unsigned char*>(payload.data());
            std::vector<unsigned char> message(bytes, bytes + payload.size());
            if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
            hyperv::DmHeader header;
            memcpy(&header, message.data(), sizeof header);
            message.resize(header.size.get());
            if (header.type.get() == static_cast<uint16_t>(type)) return message;
        }
        return {};
    }

    template <typename T>
    T receive(DmType type) {
        const std::vector<unsigned char> message = receive(type);
        T made = {};
        EXPECT_GE(message.size(), sizeof made);
        if (message.size() >= sizeof made) memcpy(&made, message.data(), sizeof made);
        return made;
    }

    bool negotiate(uint32_t version, bool last = false) {
        auto request = make<hyperv::DmVersionRequest>(DmType::VersionRequest);
        request.version.set(version);
        request.last_attempt.set(last ? 1 : 0);
        send(&request, sizeof request);
        return receive<hyperv::DmAnswer>(DmType::VersionResponse).flags.get() & hyperv::kDmAccepted;
    }

    bool report_capabilities(uint64_t flags = hyperv::kDmCanBalloon | hyperv::kDmCanHotAdd | 7u << hyperv::kDmAlignmentShift) {
        auto report = make<hyperv::DmCapabilities>(DmType::Capabilities);
        report.flags.set(flags);
        report.max_page.set(UINT64_MAX);
        send(&report, sizeof report);
        return receive<hyperv::DmAnswer>(DmType::CapabilitiesResponse).flags.get() & hyperv::kDmAccepted;
    }

    void start() {
        EXPECT_TRUE(negotiate(hyperv::kDmVersion2_0));
        EXPECT_TRUE(report_capabilities());
    }

    void give(const std::vector<PageRange>& ranges, bool more = false) {
        std::vector<unsigned char> message(sizeof(hyperv::DmBalloonResponse) + ranges.size() * 8);
        auto response = make<hyperv::DmBalloonResponse>(DmType::BalloonResponse);
        response.header.size.set(static_cast<uint16_t>(message.size()));
        response.more_and_count.set(static_cast<uint32_t>(ranges.size() << 1) | (more ? 1 : 0));
        memcpy(message.data(), &response, sizeof response);
        for (size_t i = 0; i < ranges.size(); i++) {
            const uint64_t word = ranges[i].first | ranges[i].count << 40;
            memcpy(message.data() + sizeof response + 8 * i, &word, 8);
        }
        send(message.data(), message.size());
    }

    void answer_hot_add(uint32_t pages, uint32_t result) {
        auto response = make<hyperv::DmHotAddResponse>(DmType::HotAddResponse);
        response.pages.set(pages);
        response.result.set(result);
        send(&response, sizeof response);
    }

private:
    lis_vmbus_channel* channel_;
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
    uint32_t transaction_ = 0;
};

class MemoryDeviceTest : public testing::Test {
protected:
    void with_guest(const std::function<void(Guest&)>& body, const host::MemoryOptions& options = host::MemoryOptions()) {
        host::GuestMemory memory;
        memory.present.add(PageRange{0, kPresent});
        memory.room = PageRange{kRoom, 8 * kSection};
        memory.taken = [this](PageRange range) { taken_ += range.count; };
        device_ = std::make_shared<MemoryDevice>(host::guid("00000000-0000-0000-0000-00000000000d"), memory, options);
        World world(bus_test::WorldOptions{});
        world.bus.add_device(device_);
        world.run_connected([&] {
            Guest guest(world.devices.at(0)->channel);
            body(guest);
        });
    }
    MemoryDevice& host() { return *device_; }
    bool complains_of(const std::string& text) {
        for (const std::string& each : host().violations())
            if (each.find(text) != std::string::npos) return true;
        return false;
    }

    std::shared_ptr<MemoryDevice> device_;
    uint64_t taken_ = 0;
};

TEST_F(MemoryDeviceTest, FallsBackToTheVersionThatTheHostHas) {
    host::MemoryOptions options;
    options.versions = {hyperv::kDmVersion0_3};
    with_guest(
        [this](Guest& guest) {
            EXPECT_FALSE(guest.negotiate(hyperv::kDmVersion2_0));
            EXPECT_FALSE(guest.negotiate(hyperv::kDmVersion1_0));
            EXPECT_TRUE(guest.negotiate(hyperv::kDmVersion0_3, true));
            EXPECT_TRUE(guest.report_capabilities());
            EXPECT_EQ(host().version(), hyperv::kDmVersion0_3);
            EXPECT_EQ(host().state(), MemoryDevice::State::Idle);
            EXPECT_TRUE(guest.receive(DmType::Info).empty()) << "0.3 has no info messages";
        },
        options);
    EXPECT_TRUE(host().violations().empty());
}

TEST_F(MemoryDeviceTest, SaysTheMaximumAfterTheStart) {
    with_guest([](Guest& guest) {
        guest.start();
        const std::vector<unsigned char> info = guest.receive(DmType::Info);
        ASSERT_EQ(info.size(), 32u);
        uint64_t pages = 0;
        memcpy(&pages, &info[24], sizeof pages);
        EXPECT_EQ(pages, kPresent + 8 * kSection);
    });
}

TEST_F(MemoryDeviceTest, RefusesCapabilitiesWhenToldTo) {
    host::MemoryOptions options;
    options.accepts_capabilities = false;
    with_guest(
        [this](Guest& guest) {
            EXPECT_TRUE(guest.negotiate(hyperv::kDmVersion2_0));
            EXPECT_FALSE(guest.report_capabilities());
            EXPECT_NE(host().balloon(kUnit), "");
        },
        options);
}

TEST_F(MemoryDeviceTest, KeepsThePressureReport) {
    with_guest([this](Guest& guest) {
        guest.start();
        auto status = guest.make<hyperv::DmStatus>(DmType::Status);
        status.available.set(1000);
        status.committed.set(2000);
        guest.send(&status, sizeof status);
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().pressure().count, 1u);
        EXPECT_EQ(host().pressure().available, 1000u);
        EXPECT_EQ(host().pressure().committed, 2000u);
        EXPECT_TRUE(host().violations().empty());
        status.available.set(kPresent + 1);
        guest.send(&status, sizeof status);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("more memory is available"));
    });
}

TEST_F(MemoryDeviceTest, BalloonsByMoreThanOneAnswerAndGivesBackExactlyThat) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().balloon(3 * kUnit + 100), "") << "rounded down to 2 MiB";
        EXPECT_EQ(guest.receive<hyperv::DmBalloonRequest>(DmType::BalloonRequest).pages.get(), 3 * kUnit);
        EXPECT_EQ(host().balloon(kUnit), "the last request is not answered yet");
        guest.give({{kUnit, kUnit}}, true);
        guest.give({{5 * kUnit, 10}, {5 * kUnit + 20, kUnit - 10}}, true);
        guest.give({{10 * kUnit, kUnit}});
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().state(), MemoryDevice::State::Idle);
        EXPECT_EQ(host().answers(), 3u);
        EXPECT_EQ(taken_, 3 * kUnit);
        EXPECT_EQ(host().assigned(), kPresent - 3 * kUnit);

        EXPECT_EQ(host().unballoon(UINT64_MAX), "");
        const std::vector<unsigned char> message = guest.receive(DmType::UnballoonRequest);
        hyperv::DmUnballoonRequest request;
        ASSERT_GE(message.size(), sizeof request);
        memcpy(&request, message.data(), sizeof request);
        EXPECT_EQ(request.more.get(), 0u);
        ASSERT_EQ(message.size(), sizeof request + request.range_count.get() * 8);
        host::PageSet given;
        for (size_t i = 0; i < request.range_count.get(); i++) {
            uint64_t word;
            memcpy(&word, message.data() + sizeof request + 8 * i, 8);
            EXPECT_TRUE(given.add(PageRange{word & ((uint64_t{1} << 40) - 1), word >> 40}));
        }
        EXPECT_EQ(given.count(), 3 * kUnit);
        EXPECT_TRUE(given.has_all(PageRange{kUnit, kUnit}));
        EXPECT_TRUE(given.has_all(PageRange{5 * kUnit, 10}));
        EXPECT_FALSE(given.has_any(PageRange{5 * kUnit + 10, 10}));
        const auto done = guest.make<hyperv::DmUnballoonResponse>(DmType::UnballoonResponse);
        guest.send(&done, sizeof done);
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().state(), MemoryDevice::State::Idle);
        EXPECT_TRUE(host().violations().empty());
    });
}

TEST_F(MemoryDeviceTest, SplitsAnUnballoonRequestWithMoreInAllButTheLast) {
    host::MemoryOptions options;
    options.ranges_in_message = 1;
    with_guest(
        [this](Guest& guest) {
            guest.start();
            EXPECT_EQ(host().balloon(kUnit), "");
            guest.receive(DmType::BalloonRequest);
            guest.give({{0, 100}, {200, 100}, {400, 312}});
            lis_os_sleep_ms(1);
            EXPECT_EQ(host().unballoon(kUnit), "");
            for (int left = 2; left >= 0; left--) {
                const auto request = guest.receive<hyperv::DmUnballoonRequest>(DmType::UnballoonRequest);
                EXPECT_EQ(request.range_count.get(), 1u);
                EXPECT_EQ(request.more.get(), left > 0 ? 1u : 0u);
            }
        },
        options);
}

TEST_F(MemoryDeviceTest, GoesToTheTargetStepByStepAndStopsWhenTheGuestHasNothingToGive) {
    host::MemoryOptions options;
    options.most_in_request = 4 * kUnit;
    with_guest(
        [this](Guest& guest) {
            guest.start();
            EXPECT_EQ(host().set_target(kPresent - 6 * kUnit), "");
            EXPECT_EQ(guest.receive<hyperv::DmBalloonRequest>(DmType::BalloonRequest).pages.get(), 4 * kUnit);
            guest.give({{0, 4 * kUnit}});
            EXPECT_EQ(guest.receive<hyperv::DmBalloonRequest>(DmType::BalloonRequest).pages.get(), 2 * kUnit);
            guest.give({});
            lis_os_sleep_ms(1);
            EXPECT_TRUE(host().refused());
            EXPECT_TRUE(guest.receive(DmType::BalloonRequest).empty());

            EXPECT_EQ(host().set_target(kPresent), "");
            EXPECT_FALSE(guest.receive(DmType::UnballoonRequest).empty());
            EXPECT_EQ(host().assigned(), kPresent);
            EXPECT_NE(host().set_target(kPresent + 1), "");
            EXPECT_TRUE(host().violations().empty());
        },
        options);
}

TEST_F(MemoryDeviceTest, AddsMemoryWithARegionAroundIt) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().hot_add(kSection / 2, true), "");
        const std::vector<unsigned char> message = guest.receive(DmType::HotAddRequest);
        ASSERT_EQ(message.size(), 24u);
        uint64_t range, region;
        memcpy(&range, &message[8], 8);
        memcpy(&region, &message[16], 8);
        EXPECT_EQ(range, kRoom | kSection / 2 << 40);
        EXPECT_EQ(region, kRoom | kSection << 40);
        guest.answer_hot_add(kSection / 2, 1);
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().assigned(), kPresent + kSection / 2);

        EXPECT_EQ(host().hot_add(kSection / 2, false), "");
        const std::vector<unsigned char> rest = guest.receive(DmType::HotAddRequest);
        ASSERT_EQ(rest.size(), 16u);
        memcpy(&range, &rest[8], 8);
        EXPECT_EQ(range, (kRoom + kSection / 2) | kSection / 2 << 40) << "goes on where the first ended";
        guest.answer_hot_add(kSection / 2, 1);
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().hot_added(), kSection);
        EXPECT_TRUE(host().violations().empty());
    });
}

TEST_F(MemoryDeviceTest, DoesNotBalloonWhatItAddsForAnEarlierTarget) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().set_target(kPresent), "");
        EXPECT_EQ(host().hot_add(kSection, false), "");
        guest.receive(DmType::HotAddRequest);
        guest.answer_hot_add(kSection, 1);
        EXPECT_TRUE(guest.receive(DmType::BalloonRequest).empty());
        EXPECT_EQ(host().assigned(), kPresent + kSection);
    });
}

TEST_F(MemoryDeviceTest, AsksAgainAfterATransientFailureAndNeverAfterAPermanentOne) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().hot_add(kSection, false), "");
        guest.receive(DmType::HotAddRequest);
        guest.answer_hot_add(0, 0);
        lis_os_sleep_ms(1);
        EXPECT_EQ(host().hot_add(kSection, false), "");
        guest.receive(DmType::HotAddRequest);
        guest.answer_hot_add(0, 1);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(host().hot_add_ended());
        EXPECT_EQ(host().hot_add(kSection, false), "the guest adds no more memory");
        EXPECT_EQ(host().hot_added(), 0u);
    });
}

TEST_F(MemoryDeviceTest, PutsOnRecordWhatABadGuestDoes) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().balloon(2 * kUnit), "");
        guest.receive(DmType::BalloonRequest);
        guest.give({{0, kUnit}}, true);
        guest.give({{kUnit / 2, kUnit}}, true);
        guest.give({{kPresent - 1, 2}}, true);
        guest.give({{7, 0}}, true);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("for the second time"));
        EXPECT_TRUE(complains_of("which are not in its memory"));
        EXPECT_TRUE(complains_of("a range of no pages"));
        EXPECT_EQ(taken_, kUnit) << "only what was right has been taken";
        guest.give({{10 * kUnit, 3 * kUnit}});
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("where 1024 were asked for"));
        guest.give({{20 * kUnit, kUnit}});
        guest.answer_hot_add(1, 1);
        const auto done = guest.make<hyperv::DmUnballoonResponse>(DmType::UnballoonResponse);
        guest.send(&done, sizeof done);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("balloon response that is cut short or was not asked for"));
        EXPECT_TRUE(complains_of("hot-add response that is cut short or was not asked for"));
        EXPECT_TRUE(complains_of("unballoon response that was not asked for"));

        EXPECT_EQ(host().hot_add(kSection, false), "");
        guest.receive(DmType::HotAddRequest);
        guest.answer_hot_add(2 * kSection, 1);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("adds more memory than it was given"));
    });
}

TEST_F(MemoryDeviceTest, JudgesLengths) {
    with_guest([this](Guest& guest) {
        guest.start();
        EXPECT_EQ(host().balloon(kUnit), "");
        auto response = guest.make<hyperv::DmBalloonResponse>(DmType::BalloonResponse);
        response.more_and_count.set(5 << 1); // that are not there
        guest.send(&response, sizeof response);
        auto status = guest.make<hyperv::DmStatus>(DmType::Status);
        status.header.size.set(4097);
        guest.send(&status, sizeof status);
        status.header.size.set(40);
        guest.send(&status, sizeof status);
        guest.send(&status, 4);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(complains_of("a balloon response of 16 bytes with 5 ranges"));
        EXPECT_TRUE(complains_of("a message of 4097 bytes"));
        EXPECT_TRUE(complains_of("pressure report that is cut short"));
        EXPECT_EQ(host().pressure().count, 0u);
        EXPECT_EQ(host().state(), MemoryDevice::State::Ballooning) << "still waits for an answer";
    });
}

} // namespace
