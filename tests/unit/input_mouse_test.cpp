// SPDX-License-Identifier: GPL-2.0-only
// The mouse's own protocol (protocol.md 8.3).
#include "input/driver.hpp"

#include "hid_hyperv/device_info.hpp"

#include <hyperv/input.h>

#include <cstring>
#include <gtest/gtest.h>

using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using input_test::MouseDriver;
using testos::for_each_seed;
using testos::Seed;

namespace {

typedef std::vector<unsigned char> Bytes;

const size_t kFraming = sizeof(hyperv::PipeHeader) + sizeof(hyperv::MouseHeader);
const size_t kHidAt = kFraming + sizeof(hyperv::HidAttributes);
const size_t kReportLengthAt = kHidAt + 7;

bool is_info(const Bytes& message) { return message.size() > kFraming && message[8] == 2; }

void set32(Bytes& bytes, size_t at, uint32_t value) { memcpy(&bytes[at], &value, sizeof value); }
void set16(Bytes& bytes, size_t at, uint16_t value) { memcpy(&bytes[at], &value, sizeof value); }

Bytes framed(uint32_t type, const Bytes& data) {
    Bytes message(kFraming);
    set32(message, 0, hyperv::kPipeData);
    set32(message, 4, static_cast<uint32_t>(8 + data.size()));
    set32(message, 8, type);
    set32(message, 12, static_cast<uint32_t>(data.size()));
    message.insert(message.end(), data.begin(), data.end());
    return message;
}

// A handshake with a description that the host has changed so.
int32_t start_with(const std::function<void(Bytes& info)>& change, Seed seed = {1},
                   const std::function<void(World&, MouseDriver&)>& then = nullptr) {
    World world(seeded(seed));
    MouseDriver driver(world);
    driver.host().edit = [&](Bytes& message) {
        if (is_info(message)) change(message);
    };
    world.run_connected([&] {
        EXPECT_TRUE(world.wait_until([&] { return driver.started != MouseDriver::kNever; }, 60000));
        EXPECT_EQ(driver.attaches, driver.started == 0 ? 1u : 0u);
        if (then) then(world, driver);
    });
    return driver.started;
}

void with_mouse(Seed seed, const std::function<void(World&, MouseDriver&)>& body) {
    World world(seeded(seed));
    MouseDriver driver(world);
    world.run_connected([&] {
        ASSERT_TRUE(world.wait_until([&] { return driver.host().ready(); }));
        body(world, driver);
    });
}

} // namespace

TEST(Mouse, IsWhatTheHostSays) {
    for_each_seed(300, [](Seed seed) {
        with_mouse(seed, [](World&, MouseDriver& driver) {
            EXPECT_EQ(driver.attaches, 1u);
            EXPECT_EQ(driver.vendor, 0x045E);
            EXPECT_EQ(driver.product, 0x0621);
            EXPECT_EQ(driver.version, 1);
            EXPECT_EQ(driver.descriptor, driver.host().report_descriptor);
        });
    });
}

TEST(Mouse, ReportsArriveAsTheyWereSent) {
    for_each_seed(300, [](Seed seed) {
        with_mouse(seed, [](World& world, MouseDriver& driver) {
            driver.host().move(0x1234, 0x7FFF);
            driver.host().button(2, true);
            driver.host().wheel(-1);
            driver.host().button(2, false);
            EXPECT_TRUE(world.wait_until([&] { return driver.reports.size() == 4; }));
            EXPECT_EQ(driver.reports[0], Bytes({0, 0x34, 0x12, 0xFF, 0x7F, 0, 0}));
            EXPECT_EQ(driver.reports[1], Bytes({4, 0x34, 0x12, 0xFF, 0x7F, 0, 0}));
            EXPECT_EQ(driver.reports[2], Bytes({4, 0x34, 0x12, 0xFF, 0x7F, 0xFF, 0xFF}));
            EXPECT_EQ(driver.reports[3], Bytes({0, 0x34, 0x12, 0xFF, 0x7F, 0, 0}));
        });
    });
}

TEST(Mouse, IsThereBeforeItIsAcknowledged) {
    World world(WorldOptions{});
    MouseDriver driver(world);
    driver.attach_result = -LIS_ENOMEM;
    world.run_connected([&] { EXPECT_EQ(driver.started, -LIS_ENOMEM); });
    EXPECT_EQ(driver.host().received(), 1u) << "the host was told that it may begin";
    EXPECT_EQ(driver.attaches, 1u);
}

TEST(Mouse, DescriptionsThatMakeNoSenseAreRefused) {
    const std::function<void(Bytes&)> changes[] = {
        [](Bytes& info) { info[kHidAt] = 0; },
        [](Bytes& info) { info[kHidAt] = 8; },
        [](Bytes& info) { info[kHidAt] = 255; },
        [](Bytes& info) { set16(info, kReportLengthAt, 0); },
        [](Bytes& info) { set16(info, kReportLengthAt, static_cast<uint16_t>(info.size() - kHidAt - 9 + 1)); },
        [](Bytes& info) { set16(info, kReportLengthAt, 4097); },
        [](Bytes& info) { set16(info, kReportLengthAt, 0xFFFF); },
        [](Bytes& info) { set32(info, 4, 8); }, // the pipe has no data
        [](Bytes& info) { set32(info, 4, 8 + 40); },
        [](Bytes& info) { // longer than any kernel takes, and all there
            set16(info, kReportLengthAt, 4097);
            info.resize(kHidAt + 9 + 4097, 0x55);
            set32(info, 4, static_cast<uint32_t>(info.size() - 8));
        },
    };
    int number = 0;
    for (const auto& change : changes) EXPECT_EQ(start_with(change), -LIS_EBADMSG) << "number " << number++;
}

TEST(Mouse, DescriptionsThatNoPipeBringsAreNone) {
    const std::function<void(Bytes&)> changes[] = {
        [](Bytes& info) { set32(info, 0, 2); },                                        // a partial message
        [](Bytes& info) { set32(info, 4, static_cast<uint32_t>(info.size())); },       // beyond the packet
        [](Bytes& info) { set32(info, 4, 0xFFFFFFFF); },
        [](Bytes& info) { set32(info, 4, 7); },
        [](Bytes& info) { info.resize(6); },
        [](Bytes& info) { info.clear(); },
    };
    int number = 0;
    for (const auto& change : changes) EXPECT_EQ(start_with(change), -LIS_ETIMEDOUT) << "number " << number++;
}

TEST(Mouse, LargestAndLongestDescriptorsAreTaken) {
    const auto check = [](size_t hid_bytes, uint16_t report_bytes) {
        EXPECT_EQ(start_with(
                      [=](Bytes& info) {
                          info.resize(kHidAt + 9);
                          info[kHidAt] = static_cast<unsigned char>(hid_bytes);
                          set16(info, kReportLengthAt, report_bytes);
                          info.resize(kHidAt + hid_bytes, 0xEE);
                          info.resize(info.size() + report_bytes, 0x55);
                          set32(info, 4, static_cast<uint32_t>(info.size() - 8));
                      },
                      Seed{3},
                      [=](World&, MouseDriver& driver) { EXPECT_EQ(driver.descriptor, Bytes(report_bytes, 0x55)); }),
                  0)
            << hid_bytes << " and " << report_bytes;
    };
    check(9, 1);
    check(9, 4096);
    check(255, 4096);
    check(12, 67);
}

// Old kernels write and read as far as a descriptor says that reports go.
TEST(Mouse, DescriptorsOfReportsThatAreTooLongAreRefused) {
    const auto start_as = [](const Bytes& report) {
        return start_with([&](Bytes& info) {
            info.resize(kHidAt + 9);
            info[kHidAt] = 9;
            set16(info, kReportLengthAt, static_cast<uint16_t>(report.size()));
            info.insert(info.end(), report.begin(), report.end());
            set32(info, 4, static_cast<uint32_t>(info.size() - 8));
        });
    };
    const Bytes refused[] = {
        {0x75, 0x20, 0x96, 0x00, 0x30, 0x81, 0x02},                                     // 12288 of 32 bits
        {0x75, 0x08, 0x96, 0x00, 0x10, 0x81, 0x02},                                     // 4096 bytes
        {0x75, 0x08, 0x96, 0x00, 0x08, 0x81, 0x02, 0x81, 0x02},                         // twice 2048
        {0x77, 0xFF, 0xFF, 0xFF, 0xFF, 0x97, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x02},       // a product that wraps
        {0x77, 0x00, 0x00, 0x01, 0x00, 0x97, 0x00, 0x00, 0x01, 0x00, 0x81, 0x02},       // 2^32
        {0x75, 0x08, 0x96, 0x00, 0x10, 0xA4, 0x95, 0x01, 0xB4, 0x81, 0x02},             // behind push and pop
        {0x75, 0x08, 0x96, 0x00, 0x10, 0x91, 0x02},                                     // out
        {0x75, 0x08, 0x96, 0x00, 0x10, 0xB1, 0x02},                                     // feature
        {0xA4, 0xA4, 0xA4, 0xA4, 0xA4},
        {0xB4},
        {0xFE, 0x00, 0x00},
    };
    int number = 0;
    for (const Bytes& report : refused) EXPECT_EQ(start_as(report), -LIS_EBADMSG) << "number " << number++;
    const Bytes taken[] = {
        {0x75, 0x08, 0x96, 0xFF, 0x0F, 0x81, 0x02}, // 4095 bytes
        {0x75, 0x08, 0x95, 0x01, 0xA4, 0x96, 0x00, 0x10, 0xB4, 0x81, 0x02},
        {0x75, 0x08, 0x96, 0x00, 0x10},             // described, never used
        {0x81, 0x02},
    };
    number = 0;
    for (const Bytes& report : taken) EXPECT_EQ(start_as(report), 0) << "number " << number++;
}

// One rule: its size in the message's own header is not looked at.
TEST(Mouse, SizeInTheHeaderOfADescriptionDoesNotMatter) {
    for (const uint32_t size : {0u, 1u, 0xFFFFFFFFu})
        EXPECT_EQ(start_with([size](Bytes& info) { set32(info, 12, size); }), 0) << size;
}

TEST(Mouse, BadMessagesAreDroppedAndCounted) {
    for_each_seed(100, [](Seed seed) {
        with_mouse(seed, [](World& world, MouseDriver& driver) {
            const Bytes report = {1, 2, 3, 4, 5, 6, 7};
            Bytes beyond = framed(4, report), partial = framed(4, report), longer = framed(4, report);
            set32(beyond, 12, 8);
            set32(partial, 0, 2);
            set32(longer, 4, 17);
            const Bytes bad[] = {
                beyond,
                partial,
                longer,
                framed(4, {}),
                framed(4, Bytes(4097, 1)),
                framed(1, {0, 0, 2, 0, 1}), // an answer that is not due
                framed(2, Bytes(100, 1)),   // a description that is not due
                framed(0, {0, 0, 2, 0}),    // what only a guest says
                framed(3, {0}),
                framed(5, report),
                framed(0xFFFFFFFF, report),
                {1, 0, 0, 0},
                {1, 0, 0, 0, 0, 0, 0, 0},
            };
            uint64_t count = 0;
            for (const Bytes& message : bad) {
                EXPECT_TRUE(driver.host().send_packet(host::kPacketInBand, 0, message));
                count++;
            }
            EXPECT_TRUE(world.wait_until([&] { return driver.drops("payload") == count; })) << driver.drops("payload");
            EXPECT_TRUE(driver.reports.empty());
            driver.host().move(1, 2);
            EXPECT_TRUE(world.wait_until([&] { return driver.reports.size() == 1; })) << "it moves on";
        });
    });
}

TEST(Mouse, ReportsBeforeTheAcknowledgementAreDropped) {
    World world(WorldOptions{});
    MouseDriver driver(world);
    driver.host().edit = [&](Bytes& message) {
        if (is_info(message)) driver.host().send_packet(host::kPacketInBand, 0, framed(4, {1, 2, 3, 4, 5, 6, 7}));
    };
    world.run_connected([&] {
        EXPECT_EQ(driver.started, 0);
        EXPECT_EQ(driver.drops("payload"), 1u);
        EXPECT_TRUE(driver.reports.empty());
    });
}

TEST(Mouse, AnotherOneAfterASleepIsRefused) {
    with_mouse(Seed{5}, [](World& world, MouseDriver& driver) {
        driver.suspend();
        driver.host().version++;
        EXPECT_EQ(driver.resume(), -LIS_EPROTO);
        EXPECT_EQ(world.machine.logged("another mouse"), 1u);
        driver.host().version--;
        driver.host().report_descriptor[3] = 1;
        EXPECT_EQ(driver.resume(), -LIS_EPROTO);
        driver.host().report_descriptor[3] = 2;
        EXPECT_EQ(driver.resume(), 0);
        EXPECT_EQ(driver.attaches, 1u);
        driver.host().move(1, 2);
    });
}

TEST(Mouse, ReportsForKernelsWithoutAHidBus) {
    const uint8_t report[] = {5, 0x34, 0x12, 0xFF, 0xFF, 0xFE, 0xFF, 9};
    hid_hyperv_pointer pointer = {};
    ASSERT_EQ(hid_hyperv_read_report(report, 7, &pointer), 0);
    EXPECT_EQ(pointer.buttons, 5u);
    EXPECT_EQ(pointer.x, 0x1234);
    EXPECT_EQ(pointer.y, 0x7FFF);
    EXPECT_EQ(pointer.wheel, -2);
    EXPECT_EQ(hid_hyperv_read_report(report, 6, &pointer), -LIS_EBADMSG);
    EXPECT_EQ(hid_hyperv_read_report(report, 8, &pointer), -LIS_EBADMSG);
}
