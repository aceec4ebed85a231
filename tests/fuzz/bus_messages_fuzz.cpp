// SPDX-License-Identifier: GPL-2.0-only
// Bytes of the host in the message slot of a connected bus with two devices, one of
// them open: every parser of control messages, and what its results do.
//
// Input: a seed byte, then messages: size (top bit: a foreign SynIC type follows),
// bytes. What the bytes name often exists: small relids, the first GPADL handles.
#include "bus_support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::prepare();
    fuzz::Input input(data, size);
    bus_test::WorldOptions options;
    options.seed = input.byte();
    options.devices = 2;
    bus_test::World world(options);
    world.expect_violations();
    bus_test::Events events;
    world.on_remove = [](bus_test::Device& device) { lis_vmbus_channel_close(device.channel); };
    world.run([&] {
        if (vmbus_core_connect() != 0) return;
        const lis_vmbus_open how = bus_test::open_parameters(&events);
        if (bus_test::Device* const device = world.device(1)) {
            const int32_t opened = lis_vmbus_channel_open(device->channel, &how);
            static_cast<void>(opened);
        }
        for (int messages = 0; messages < 64 && !input.empty(); messages++) {
            const uint8_t bytes = input.byte();
            const uint32_t type = bytes & 0x80 ? input.word() : 1u;
            std::vector<unsigned char> message = input.bytes(bytes & 0x7F ? bytes & 0x7F : input.byte());
            // An offer is longer than mutations like to grow.
            if (!message.empty() && message[0] == 1) message.resize(200);
            world.link.synic.post(world.bus.message_vp(), hyperv::kVmbusSint, type, message);
            if (messages % 4 == 3) lis_os_sleep_ms(1);
        }
        lis_os_sleep_ms(5);
        vmbus_core_disconnect();
    });
    return 0;
}
