// SPDX-License-Identifier: GPL-2.0-only
// A hostile host's storage controller, from before the negotiation to the end. The input:
// a seed byte, then what becomes of each packet of the host (see Liar) and steps (see
// step()), as they come. Each command that was taken completes exactly once.
#include "bus_support.hpp"
#include "host/tamper.hpp"
#include "storage/driver.hpp"

#include <hyperv/ring.h>

namespace {

using bus_test::World;
using fuzz::Input;
using storage_test::Bytes;
using storage_test::Command;
using storage_test::StorageDriver;

// One byte for each packet: bits 2-0: 1 one byte of it is another, 2 withheld, 3 twice, 4
// another length, 5 an SRB's statuses and lengths, else unchanged; bit 7: the rest of the packets is left alone.
class Liar : public host::RingTamper {
public:
    explicit Liar(Input& input) : input_(input) {}
    unsigned packet(Bytes& bytes) override {
        if (over_ || input_.empty()) return 1;
        const uint8_t what = input_.byte();
        over_ = (what & 0x80) != 0;
        switch (what & 7) {
        case 1: bytes[input_.byte() % bytes.size()] = input_.byte(); return 1;
        case 2: return 0;
        case 3: return 2;
        case 4: cut(bytes); return 1;
        case 5: edit(bytes); return 1;
        default: return 1;
        }
    }
    uint32_t word(int, uint32_t value, uint32_t) override { return value; }
    void written(host::RingPages&, uint32_t, uint32_t) override {}
    void leaving(host::RingPages&) override {}

private:
    // Descriptor and trailer stay what they are; the length in the descriptor follows.
    void cut(Bytes& bytes) {
        const size_t payload = input_.below(20) * 8u;
        bytes.resize(16 + payload + 8, 0x11);
        bytes[4] = static_cast<unsigned char>((16 + payload) / 8);
        bytes[5] = 0;
    }
    void edit(Bytes& bytes) {
        const size_t srb = 16 + 12;
        if (bytes.size() < srb + 52) return;
        bytes[srb + 2] = input_.byte();                  // SRB status
        bytes[srb + 3] = input_.byte();                  // SCSI status
        bytes[srb + 9] = input_.byte();                  // sense bytes
        bytes[srb + 12 + input_.below(4)] = input_.byte(); // data bytes
        bytes[srb + 16] = 0x70;
        bytes[srb + 28] = input_.byte(); // additional sense code and qualifier
        bytes[srb + 29] = input_.byte();
    }

    Input& input_;
    bool over_ = false;
};

class LyingHost : public host::Tamper {
public:
    explicit LyingHost(Input& input) : input_(input) {}
    std::vector<host::Behaviour::Sending> message(const host::Outgoing& message) override { return {{message, 0, true}}; }
    std::vector<uint32_t> event(uint32_t flag) override { return {flag}; }
    void memory(void*, size_t) override {}
    std::unique_ptr<host::RingTamper> ring() override { return std::make_unique<Liar>(input_); }

private:
    Input& input_;
};

Bytes packet(Input& input) {
    Bytes bytes = input.bytes(input.below(80));
    if (bytes.size() > 4) {
        bytes[0] = static_cast<unsigned char>(bytes[0] % 16);
        bytes[1] = bytes[2] = bytes[3] = 0;
    }
    return bytes;
}

typedef std::vector<std::shared_ptr<Command>> Commands;

void step(Input& input, World& world, StorageDriver& driver, Commands& commands) {
    host::Channel* const channel = world.bus.channel(1 + input.below(4));
    const bool open = channel != nullptr && channel->is_open();
    switch (input.below(10)) {
    case 0:
    case 1:
        for (uint32_t count = 1 + input.below(8); count > 0 && driver.bound(); count--)
            commands.push_back(driver.queue({0x28, 0, 0, 0, 0, input.byte(), 0, 0, 1, 0}, STORVSC_FROM_DEVICE, 512, 0, 0, input.below(2) != 0));
        break;
    case 2:
        if (driver.bound()) driver.commit();
        break;
    case 3:
        if (open) static_cast<void>(channel->write(host::kPacketInBand, 0, 0, packet(input)));
        break;
    case 4:
        if (open) static_cast<void>(channel->write(host::kPacketCompletion, 0, uint64_t{input.byte()} << 32 | input.byte(), packet(input)));
        break;
    case 5:
        if (open) {
            channel->outgoing().pages.store(host::RingPages::kWriteIndex, input.word());
            channel->signal_guest();
        }
        break;
    case 6:
        if (channel != nullptr && input.below(4) == 0) world.bus.remove_channel(*channel);
        break;
    case 7: lis_os_sleep_ms(1); break;
    case 8:
        driver.disk().behaviour.never_answers = input.below(2) != 0;
        driver.host().behaviour_changed(driver.disk());
        break;
    case 9:
        if (!driver.bound()) break;
        driver.suspend();
        if (driver.bound()) static_cast<void>(driver.resume());
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::prepare();
    Input input(data, size);
    LyingHost liar(input);
    bus_test::WorldOptions options;
    options.seed = input.byte();
    World world(options);
    world.expect_violations();
    world.link.attacker = &liar;
    host::StorageOptions storage;
    storage.channels = 4;
    StorageDriver driver(world, storage);
    driver.options.subchannel_limit = 3;
    driver.add_disk(0, 1 << 20);
    Commands commands;
    world.run([&] {
        if (vmbus_core_connect() != 0) return;
        for (int steps = 0; steps < 64 && !input.empty(); steps++) step(input, world, driver, commands);
        lis_os_sleep_ms(2);
        vmbus_core_disconnect();
        for (const auto& command : commands) EXPECT_EQ(command->completions, command->queued == 0 ? 1u : 0u);
        commands.clear();
    });
    return 0;
}
