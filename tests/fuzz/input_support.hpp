// SPDX-License-Identifier: GPL-2.0-only
// What the targets of keyboard and mouse share. The input: a seed byte, what becomes of
// the handshake's messages (see Handshake), then steps (see play).
#ifndef FUZZ_INPUT_SUPPORT_HPP
#define FUZZ_INPUT_SUPPORT_HPP

#include "bus_support.hpp"
#include "input/driver.hpp"

namespace fuzz {

typedef std::vector<unsigned char> Bytes;

// Turns the input's bytes into a message's: frame() puts in front what makes a parser go on.
typedef std::function<Bytes(Input& input)> Frame;

// One byte for each message: bits 1-0: 0 unchanged, 1 one byte of it is another, 2 of
// another size, 3 replaced; bit 7: the next messages are left alone.
class Handshake {
public:
    Handshake(Input& input, const Frame& frame) : input_(input), frame_(frame) {}
    void operator()(Bytes& message) {
        if (over_) return;
        const uint8_t what = input_.byte();
        over_ = (what & 0x80) != 0;
        switch (what & 3) {
        case 1: message[input_.byte() % message.size()] = input_.byte(); break;
        case 2: message.resize(input_.word() % 5000, 0x11); break;
        case 3: message = frame_(input_); break;
        }
    }

private:
    Input& input_;
    const Frame& frame_;
    bool over_ = false;
};

inline void step(Input& input, const Frame& frame, bus_test::World& world, input_test::InputDriver& driver) {
    host::InputDevice& device = driver.host_device();
    switch (input.below(10)) {
    case 0: device.send_packet(host::kPacketInBand, 0, input.bytes(input.byte())); break;
    case 1:
    case 2:
    case 3: device.send_packet(host::kPacketInBand, 0, frame(input)); break;
    case 4: device.send_packet(host::kPacketCompletion, input.word() | uint64_t{input.byte()} << 32, {}); break;
    case 5: device.send_packet(input.word(), input.byte(), input.bytes(input.byte())); break;
    case 6: driver.host_event(); break;
    case 7: lis_os_sleep_ms(1); break;
    case 8:
        if (host::Channel* const channel = world.bus.channel_of(device)) {
            if (!channel->is_open()) break;
            channel->outgoing().pages.store(host::RingPages::kWriteIndex, input.word());
            channel->signal_guest();
        }
        break;
    case 9: {
        if (!driver.bound()) break;
        driver.suspend();
        const int32_t resumed = driver.resume();
        static_cast<void>(resumed);
        break;
    }
    }
}

template <typename Driver>
void play(const uint8_t* data, size_t size, const Frame& frame) {
    prepare();
    Input input(data, size);
    bus_test::WorldOptions options;
    options.seed = input.byte();
    bus_test::World world(options);
    world.expect_violations();
    Driver driver(world);
    driver.host_device().edit = Handshake(input, frame);
    world.run_connected([&] {
        for (int steps = 0; steps < 48 && !input.empty(); steps++) step(input, frame, world, driver);
        lis_os_sleep_ms(2);
    });
}

} // namespace fuzz

#endif
