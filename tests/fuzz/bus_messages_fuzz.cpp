// SPDX-License-Identifier: GPL-2.0-only
// Bytes of the host in the message slot of a connected bus with two devices, one of
// them open: every parser of control messages, and what its results do.
//
// Input: a seed byte, then messages: a kind byte, a size byte, bytes behind the
// header. Kind: bits 4-0 the type; bit 5: the bytes at 12 name one of the first GPADL
// handles; bit 6: whatever bytes, no header; bit 7: another SynIC message type.
#include "bus_support.hpp"

#include <algorithm>

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
            const uint8_t kind = input.byte();
            const size_t size = input.byte();
            std::vector<unsigned char> message;
            if (kind & 0x40) {
                message = input.bytes(size);
            } else {
                message.assign(8, 0);
                message[0] = kind & 0x1F;
                // Short inputs mean whole messages; what is not given is 0.
                const std::vector<unsigned char> rest = input.bytes(size % 64);
                message.insert(message.end(), rest.begin(), rest.end());
                message.resize(size < 128 ? std::max<size_t>(size, message.size()) : 200);
                if ((kind & 0x20) && message.size() >= 16) {
                    message[13] = 0x1E;
                    message[14] = 0x0E;
                    message[12] = static_cast<unsigned char>(0x11 + message[12] % 4);
                }
            }
            const uint32_t type = kind & 0x80 ? input.word() : 1u;
            world.link.synic.post(world.bus.message_vp(), hyperv::kVmbusSint, type, message);
            if (messages % 4 == 3) lis_os_sleep_ms(1);
        }
        lis_os_sleep_ms(5);
        vmbus_core_disconnect();
    });
    return 0;
}
