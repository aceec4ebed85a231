// SPDX-License-Identifier: GPL-2.0-only
// The keyboard's own protocol (protocol.md 8.2).
#include "input/driver.hpp"

#include <hyperv/input.h>

#include <cstring>
#include <gtest/gtest.h>

using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using input_test::KeyboardDriver;
using testos::for_each_seed;
using testos::Seed;

namespace {

typedef std::vector<unsigned char> Bytes;

Bytes event(uint16_t code, uint32_t flags) {
    hyperv::KeyboardEvent event = {};
    event.type.set(3);
    event.code.set(code);
    event.flags.set(flags);
    const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&event);
    return Bytes(bytes, bytes + sizeof event);
}

void with_keyboard(Seed seed, const std::function<void(World&, KeyboardDriver&)>& body) {
    World world(seeded(seed));
    KeyboardDriver driver(world);
    world.run_connected([&] {
        ASSERT_TRUE(world.wait_until([&] { return driver.host().ready(); }));
        body(world, driver);
    });
}

} // namespace

TEST(Keyboard, TypedTextArrivesAsItsScanCodes) {
    for_each_seed(500, [](Seed seed) {
        with_keyboard(seed, [](World& world, KeyboardDriver& driver) {
            std::vector<host::Stroke> strokes;
            ASSERT_TRUE(host::strokes_of_text("Lis 9!\n", &strokes));
            for (const host::Stroke& stroke : strokes) driver.host().press(stroke);
            const Bytes expected = {0x2A, 0x26, 0xA6, 0xAA, 0x17, 0x97, 0x1F, 0x9F, 0x39, 0xB9,
                                    0x0A, 0x8A, 0x2A, 0x02, 0x82, 0xAA, 0x1C, 0x9C};
            EXPECT_TRUE(world.wait_until([&] { return driver.codes.size() == expected.size(); }));
            EXPECT_EQ(driver.codes, expected);
            EXPECT_EQ(driver.presses, 9u);
        });
    });
}

TEST(Keyboard, PrefixesComeBeforeTheirCodes) {
    for_each_seed(200, [](Seed seed) {
        with_keyboard(seed, [](World& world, KeyboardDriver& driver) {
            // Arrow up, and Pause, which is two codes with prefix 0xE1 and 0x45.
            const Bytes codes = {0xE0, 0x48, 0xE0, 0xC8, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5};
            std::vector<host::Stroke> strokes;
            ASSERT_TRUE(host::strokes_of_codes(codes, &strokes));
            for (const host::Stroke& stroke : strokes) driver.host().press(stroke);
            EXPECT_TRUE(world.wait_until([&] { return driver.codes.size() == codes.size(); }));
            EXPECT_EQ(driver.codes, codes);
        });
    });
}

TEST(Keyboard, BadEventsAreDroppedAndCounted) {
    for_each_seed(100, [](Seed seed) {
        with_keyboard(seed, [](World& world, KeyboardDriver& driver) {
            const Bytes bad[] = {
                event(0, 0),
                event(0x80, 0),
                event(0x9E, 0),
                event(0xE01E, 0),
                event(0x1E, hyperv::kKeyE0 | hyperv::kKeyE1),
                {3, 0, 0, 0, 0x1E, 0, 0, 0}, // without flags
                {3, 0, 0, 0},
                {2, 0, 0, 0, 1, 0, 0, 0}, // an answer that is not due
                {2, 0, 0, 0, 0, 0, 0, 0},
                {1, 0, 0, 0, 0, 0, 1, 0}, // what only a guest says
                {4, 0, 0, 0, 0, 0, 0, 0},
                {0, 0, 0, 0, 0, 0, 0, 0},
                {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
            };
            uint64_t count = 0;
            for (const Bytes& message : bad) {
                EXPECT_TRUE(driver.host().send_packet(host::kPacketInBand, 0, message));
                count++;
            }
            EXPECT_TRUE(world.wait_until([&] { return driver.drops("payload") == count; })) << driver.drops("payload");
            EXPECT_TRUE(driver.codes.empty());
            driver.host().press({0x1E, 0});
            EXPECT_TRUE(world.wait_until([&] { return driver.codes == Bytes({0x1E}); })) << "it types on";
        });
    });
}

TEST(Keyboard, CharactersAreNoKeys) {
    with_keyboard(Seed{1}, [](World& world, KeyboardDriver& driver) {
        driver.host().press({'a', hyperv::kKeyUnicode});
        driver.host().press({0x1E, 0});
        EXPECT_TRUE(world.wait_until([&] { return driver.keys == 1; }));
        EXPECT_EQ(driver.codes, Bytes({0x1E}));
        EXPECT_EQ(driver.drops("payload"), 0u);
    });
}

TEST(Keyboard, FlagsThatNobodyKnowsChangeNothing) {
    with_keyboard(Seed{1}, [](World& world, KeyboardDriver& driver) {
        driver.host().press({0x1E, 0xFFFFFFF0 | hyperv::kKeyBreak});
        EXPECT_TRUE(world.wait_until([&] { return driver.keys == 1; }));
        EXPECT_EQ(driver.codes, Bytes({0x9E}));
        EXPECT_EQ(driver.presses, 0u);
    });
}

TEST(Keyboard, KeysBeforeTheAnswerAreDropped) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed));
        KeyboardDriver driver(world);
        driver.host().edit = [&](Bytes& message) {
            const Bytes answer = message;
            message = event(0x1E, 0); // in its place, and the answer later
            driver.host().edit = nullptr;
            world.link.after(1000000, [&driver, answer] { driver.host().send_packet(host::kPacketInBand, 0, answer); });
        };
        world.run_connected([&] {
            EXPECT_EQ(driver.started, 0);
            EXPECT_EQ(driver.drops("payload"), 1u);
            EXPECT_TRUE(driver.codes.empty());
        });
    });
}
