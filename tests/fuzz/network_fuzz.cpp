// SPDX-License-Identifier: GPL-2.0-only
// A hostile host's network adapter, from before the negotiation to the end. The input: a seed
// byte, then what becomes of each packet of the host (see lie()) and steps (see step()), as they
// come. Each held packet comes back once, each frame has the length that was announced.
#include "bus_support.hpp"
#include "network/lying_host.hpp"

namespace {

using bus_test::Recorder;
using bus_test::World;
using fuzz::Input;
using namespace network_test;

// One byte for each packet: bits 2-0: 1 one byte of it is another, 2 withheld, 3 twice, 4 another
// length, 5 a word of the payload, else unchanged; bit 7: the rest of the packets is left alone.
unsigned lie(Input& input, bool& over, Bytes& bytes) {
    if (over || input.empty()) return 1;
    const uint8_t what = input.byte();
    over = (what & 0x80) != 0;
    switch (what & 7) {
    case 1: bytes[input.byte() % bytes.size()] = input.byte(); return 1;
    case 2: return 0;
    case 3: return 2;
    case 4: {
        const size_t payload = input.below(20) * 8u;
        bytes.resize(16 + payload + 8, 0x11);
        bytes[4] = static_cast<unsigned char>((16 + payload) / 8);
        bytes[5] = 0;
        return 1;
    }
    case 5: set_word(bytes, 16 + input.below(16) * 4, input.word()); return 1;
    default: return 1;
    }
}

struct Scene {
    World& world;
    NetworkDriver& driver;
    Recorder& recorder;
    host::NetworkDevice& device;
};

// A message in the buffer that is nearly one.
Bytes message(Input& input) {
    Bytes infos;
    for (uint32_t left = input.below(4); left > 0; left--) {
        const uint32_t types[] = {0, 6, 8, hyperv::kPacketInfoId, hyperv::kPacketInfoId, 2};
        const uint8_t value = input.byte();
        const Bytes each = info(types[input.below(6)], 1u | value << 8, value == 99 ? input.byte() : 16, value == 98 ? input.byte() : 12);
        infos.insert(infos.end(), each.begin(), each.end());
    }
    Bytes bytes = rndis(bus_test::plain(14 + input.below(200)), infos);
    switch (input.below(4)) {
    case 0: bytes[input.below(60) % bytes.size()] = input.byte(); break;
    case 1: set_word(bytes, input.below(15) * 4u, 0xFFFFFF00u | input.byte()); break;
    default: break;
    }
    const uint32_t kinds[] = {1, 1, 1, 7, 0x80000004, 0x80000005, 0x80000002, 3};
    set_word(bytes, 0, kinds[input.below(8)]);
    return bytes;
}

void give_packet(Input& input, Scene all, host::Channel& channel) {
    ReceiveMemory memory(all.world.link, channel, receive_pages(all.driver.options));
    std::vector<Range> ranges;
    uint32_t at = input.below(64);
    for (uint32_t left = 1 + input.below(4); left > 0; left--) {
        const Bytes bytes = message(input);
        if (memory.found()) memory.put(at, bytes);
        ranges.push_back(Range{static_cast<uint32_t>(bytes.size()), at});
        at += static_cast<uint32_t>(bytes.size());
    }
    const uint8_t how = input.byte();
    if (how % 16 == 1) ranges.back().offset = 0xFFFFFF00u | input.byte();
    if (how % 16 == 2) ranges.back().bytes = input.word();
    static_cast<void>(channel.write(host::kPacketTransferPages, how % 16 == 3 ? 0 : 1, input.byte(), nvsp(how % 16 == 4 ? input.byte() : 107),
                                    range_list(ranges, how % 16 == 5 ? input.word() : hyperv::kNvspReceiveBufferId, how % 16 == 6 ? 1 : 0)));
}

void ask(Input& input, NetworkDriver& driver) {
    netvsc_spreading spreading;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, input.byte()};
    switch (input.below(5)) {
    case 0: static_cast<void>(netvsc_set_filter(driver.core(), input.byte())); break;
    case 1: static_cast<void>(netvsc_set_mac(driver.core(), mac)); break;
    case 2: static_cast<void>(netvsc_set_coalesce(driver.core(), input.below(2))); break;
    case 3:
        netvsc_spreading_of(driver.core(), &spreading);
        spreading.table[input.byte() % NETVSC_RSS_ENTRIES] = input.byte();
        static_cast<void>(netvsc_set_spreading(driver.core(), &spreading));
        break;
    case 4: static_cast<void>(netvsc_switch_path(driver.core(), input.below(2))); break;
    }
}

void transmit(Input& input, NetworkDriver& driver) {
    for (uint32_t count = 1 + input.below(8); count > 0 && driver.bound(); count--) {
        const uint8_t kind = input.byte();
        const auto packet = driver.make(bus_test::plain(kind % 4 == 0 ? 7000u : 14u + kind * 8u));
        packet->frame.flags = static_cast<uint16_t>(input.byte() & 0x3F);
        packet->frame.transport_offset = 34;
        if (kind % 4 == 0 && (packet->frame.flags & NETVSC_FRAME_TCP) != 0) packet->frame.mss = 1400;
        packet->ranges = kind % 8 == 4 ? 40 : 0;
        if (driver.send(packet, kind & 1, kind % 5) == -LIS_EAGAIN && driver.bound()) static_cast<void>(driver.ready(kind % 5));
    }
    if (driver.bound()) driver.flush(input.below(4));
}

void step(Input& input, Scene all) {
    host::Channel* const channel = all.world.bus.channel(1 + input.below(4));
    const bool open = channel != nullptr && channel->is_open();
    switch (input.below(14)) {
    case 0:
    case 1: transmit(input, all.driver); break;
    case 2:
    case 3:
    case 4:
        if (open) give_packet(input, all, *channel);
        break;
    case 5:
        if (open) static_cast<void>(channel->write(host::kPacketInBand, 0, 0, nvsp(128 + input.below(8), {input.byte(), input.byte(), input.word()}, input.below(16) * 8)));
        break;
    case 6:
        if (open) static_cast<void>(channel->write(host::kPacketCompletion, 0, uint64_t{input.byte()} << 32 | input.byte(), nvsp(108, {input.byte()}, input.below(6) * 8)));
        break;
    case 7:
        if (open && input.below(4) == 0) {
            channel->outgoing().pages.store(host::RingPages::kWriteIndex, input.word());
            channel->signal_guest();
        }
        break;
    case 8:
        if (channel != nullptr && input.below(4) == 0) all.world.bus.remove_channel(*channel);
        break;
    case 9: lis_os_sleep_ms(1); break;
    case 10: all.device.set_link(input.below(2) != 0); break;
    case 11:
        if (all.driver.bound()) ask(input, all.driver);
        break;
    case 12: all.recorder.give(std::vector<Bytes>(1 + input.below(5), bus_test::packet_of(input.below(2) != 0, true, input.byte()))); break;
    case 13:
        if (!all.driver.bound()) break;
        all.driver.stop();
        if (all.driver.bound()) static_cast<void>(all.driver.start());
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::prepare();
    Input input(data, size);
    bool over = false;
    Editor editor;
    editor.packet = [&](Bytes& bytes) { return lie(input, over, bytes); };
    bus_test::WorldOptions options;
    options.seed = input.byte();
    World world(options);
    world.expect_violations();
    world.link.attacker = &editor;
    const auto recorder = std::make_shared<Recorder>();
    const hyperv::Guid instance = {{5}};
    const auto device = std::make_shared<host::NetworkDevice>(world.link, world.bus, instance, host::AdapterOptions(), recorder);
    NetworkDriver driver(world, device);
    world.run([&] {
        if (vmbus_core_connect() != 0) return;
        if (driver.bound()) static_cast<void>(netvsc_set_filter(driver.core(), 0xF));
        for (int steps = 0; steps < 64 && !input.empty(); steps++) step(input, Scene{world, driver, *recorder, *device});
        lis_os_sleep_ms(2);
        vmbus_core_disconnect();
        EXPECT_FALSE(driver.bound());
    });
    return 0;
}
