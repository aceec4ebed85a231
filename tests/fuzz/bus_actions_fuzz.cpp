// SPDX-License-Identifier: GPL-2.0-only
// A hostile host against a busy guest: the input is a list of actions of both sides,
// through whole lives of the bus, and of rules for the host's answers.
#include "bus_support.hpp"

#include <set>

using bus_test::Device;
using bus_test::World;
using hyperv::MessageType;

namespace {

class Play {
public:
    Play(World& world, fuzz::Input& input) : world_(world), input_(input) {}

    void run() {
        if (vmbus_core_connect() != 0) {
            vmbus_core_disconnect();
            return;
        }
        for (int steps = 0; steps < 48 && !input_.empty(); steps++) step();
        for (testos::Task* task : tasks_) world_.machine.scheduler.join(task);
        for (lis_vmbus_gpadl* gpadl : gpadls_) lis_vmbus_gpadl_release(gpadl);
        vmbus_core_disconnect();
    }

private:
    void step() {
        switch (input_.below(16)) {
        case 0: world_.add_echo(static_cast<int>(input_.below(6))); break;
        case 1: with_channel([this](host::Channel& channel) { world_.bus.remove_channel(channel); }); break;
        case 2: with_channel([this](host::Channel& channel) { world_.bus.offer_again(channel); }); break;
        case 3: world_.bus.rescind_relid(input_.word()); break;
        case 4:
            with_channel([this](host::Channel& channel) {
                if (channel.subchannel_index() == 0)
                    world_.bus.add_subchannel(channel, static_cast<uint16_t>(1 + input_.below(3)));
            });
            break;
        case 5: rule(); break;
        case 6: world_.bus.send_held(); break;
        case 7: with_channel([](host::Channel& channel) { channel.signal_guest(); }); break;
        case 8: world_.link.synic.set_event_flag(lis_os_cpu_vp_index(input_.below(3)), 2, input_.word()); break;
        case 9: answer(); break;
        case 10: lis_os_sleep_ms(1u << input_.below(18)); break;
        case 11: spawn([](lis_vmbus_channel* channel) { open(channel); }); break;
        case 12: spawn([](lis_vmbus_channel* channel) { lis_vmbus_channel_close(channel); }); break;
        case 13: share(); break;
        case 14: {
            const uint32_t cpu = input_.below(4);
            spawn([cpu](lis_vmbus_channel* channel) {
                const int32_t moved = lis_vmbus_channel_set_cpu(channel, cpu);
                static_cast<void>(moved);
            });
            break;
        }
        case 15: world_.link.post_statuses.push_back(input_.byte()); break;
        }
    }

    template <typename F>
    void with_channel(F use) {
        if (host::Channel* const channel = world_.bus.channel(1 + input_.below(8))) use(*channel);
    }

    static void open(lis_vmbus_channel* channel) {
        static bus_test::Events events;
        lis_vmbus_open how = bus_test::open_parameters(&events, 2, 2);
        const int32_t opened = lis_vmbus_channel_open(channel, &how);
        static_cast<void>(opened);
    }

    // A driver's call runs beside the host's next actions.
    void spawn(std::function<void(lis_vmbus_channel*)> call) {
        if (world_.devices.empty()) return;
        lis_vmbus_channel* const channel = world_.devices[input_.below(4) % world_.devices.size()]->channel;
        lis_vmbus_channel_get(channel);
        tasks_.push_back(world_.machine.scheduler.spawn("driver", [channel, call] {
            call(channel);
            lis_vmbus_channel_put(channel);
        }));
    }

    void share() {
        const uint32_t pages = 1 + input_.below(60);
        spawn([this, pages](lis_vmbus_channel* channel) {
            lis_vmbus_gpadl* gpadl = nullptr;
            if (lis_vmbus_gpadl_create(channel, pages, &gpadl) == 0) gpadls_.push_back(gpadl);
        });
    }

    void rule() {
        static const MessageType kAnswers[] = {
            MessageType::OpenChannelResult, MessageType::GpadlCreated,          MessageType::GpadlTorndown,
            MessageType::OfferChannel,      MessageType::ModifyChannelResponse, MessageType::RescindChannelOffer};
        host::Rule& rule = world_.bus.behaviour.on(kAnswers[input_.below(6)]);
        rule = host::Rule();
        rule.times = 1 + input_.below(4);
        switch (input_.below(6)) {
        case 0: rule.silent = true; break;
        case 1: rule.hold = true; break;
        case 2: rule.copies = 2 + input_.below(3); break;
        case 3: rule.delay_ns = uint64_t{1} << input_.below(38); break;
        case 4: rule.size = input_.byte(); break;
        case 5: {
            const size_t at = 8 + input_.below(24);
            const unsigned char value = input_.byte();
            rule.edit = [at, value](host::Outgoing& message) {
                if (at < message.bytes.size()) message.bytes[at] = value;
            };
            break;
        }
        }
    }

    // An answer that nobody asked for, or that is for somebody else.
    void answer() {
        unsigned char bytes[24] = {};
        bytes[0] = static_cast<unsigned char>(input_.below(30));
        bytes[8] = static_cast<unsigned char>(input_.below(9));
        const uint32_t handle = 0xE1E10 + input_.below(16);
        for (int i = 0; i < 4; i++) {
            const unsigned char part = static_cast<unsigned char>(handle >> 8 * i);
            bytes[bytes[0] == 12 ? 8 + i : 12 + i] = part;
        }
        bytes[16] = static_cast<unsigned char>(input_.below(2));
        world_.bus.send(bytes, sizeof bytes);
    }

    World& world_;
    fuzz::Input& input_;
    std::vector<testos::Task*> tasks_;
    std::vector<lis_vmbus_gpadl*> gpadls_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const uint32_t kVersions[] = {hyperv::kVersionCopper, hyperv::kVersionIron, hyperv::kVersionWin10,
                                         hyperv::kVersionWin81,  hyperv::kVersionWin7, hyperv::kVersionWs2008};
    fuzz::prepare();
    fuzz::Input input(data, size);
    bus_test::WorldOptions options;
    options.seed = input.byte();
    options.devices = 1 + input.below(3);
    options.host.versions = {kVersions[input.below(6)]};
    World world(options);
    world.expect_violations();
    world.on_remove = [](Device& device) { lis_vmbus_channel_close(device.channel); };
    world.run([&] { Play(world, input).run(); });
    return 0;
}
