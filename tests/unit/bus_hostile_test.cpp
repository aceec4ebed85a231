// SPDX-License-Identifier: GPL-2.0-only
// hv_vmbus's cores, and drivers on its channels, against a host that attacks them.
//
// An exchange is one thing that the host put before the guest and that the guest went on
// behind: a control message, an event, or a packet. It counts as mutated when at least one
// of its bytes is not what an honest host would have written, or when it came once too
// often, out of order, or not at all. A packet counts when the guest's read index has gone
// past it, or when the guest has given up the ring at it; what lies in a ring behind that
// does not count. Not counted either, though made: bytes of shared memory that change right
// after the guest has read them, and lies about indices.
//
// Seen while that runs: the sanitizers, every rule of lis/os.h (deadlocks among them), the
// time limits of every call on the virtual clock, the ledger's sums at each unload, and that
// no page is freed while the host has not said that it let go of it.
//
// Lives are numbered; life n is what seed n makes of it. FUZZ_SECONDS=n goes on for so long.
#include "bus/hostile_client.hpp"
#include "host/hostile/hostile.hpp"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>

using bus_test::ClientCounts;
using bus_test::Device;
using bus_test::HostileClient;
using bus_test::World;

namespace {

const uint64_t kExchanges = 1000000;
const uint64_t kExchangesOfLife = 5000;
const uint32_t kStepsOfLife = 2000;

// Limits of virtual time, from vmbus_core.h and the time-outs behind it.
const uint64_t kMinuteMs = 60 * 1000;
const uint64_t kConnectMs = 30 * kMinuteMs;
const uint64_t kDisconnectMs = 3 * 60 * kMinuteMs; // every device in turn, each with its drivers

struct Total {
    ClientCounts guest;
    std::map<std::string, uint64_t> bus, host;
    uint64_t rewritten_loads = 0;
    uint64_t lives = 0, connected = 0;

    uint64_t exchanges() const {
        return host.at("messages") + host.at("events") + host.at("taken") + guest.broken + guest.send_broken;
    }
};

// The drivers of one device: one client for the primary, one for each sub-channel while the primary is open.
struct Drivers {
    ClientCounts& counts;
    lis_vmbus_channel* channel;
    std::unique_ptr<HostileClient> primary;
    std::vector<std::unique_ptr<HostileClient>> subchannels;

    void begin_subchannels() {
        lis_vmbus_channel_on_subchannel(
            channel,
            [](void* context, lis_vmbus_channel* subchannel) {
                Drivers* const self = static_cast<Drivers*>(context);
                const uint64_t seed = lis_vmbus_channel_offer(subchannel)->relid;
                self->subchannels.emplace_back(new HostileClient(subchannel, seed, self->counts));
                self->subchannels.back()->start();
            },
            this);
    }
    void end_subchannels() {
        lis_vmbus_channel_on_subchannel(channel, nullptr, nullptr);
        for (auto& client : subchannels) client->stop();
        subchannels.clear();
    }
};

class Life {
public:
    Life(uint64_t seed, Total& total)
        : random_(seed), hostile_(host_options(seed)), world_(world_options(seed)), total_(total) {
        world_.link.attacker = &hostile_;
        if (seed % 5 == 0) // answers when nobody waits any more
            world_.bus.behaviour.on(hyperv::MessageType::ModifyChannelResponse).delay_ns = 11000000000u;
        if (seed % 7 == 0) // grants features that nobody asked for
            world_.bus.behaviour.on(hyperv::MessageType::VersionResponse).edit = [](host::Outgoing& message) {
                if (message.bytes.size() >= 20) message.bytes[19] = 0x80;
            };
        world_.expect_violations();
        world_.on_add = [this](Device& device) { bind(device); };
        world_.on_remove = [this](Device& device) { unbind(device); };
        world_.machine.after_shared_load = [this](uint64_t frame, size_t offset, size_t size) { rewrite(frame, offset, size); };
    }

    void run() {
        world_.run([this] {
            int32_t status = 0;
            bus_test::in_time("connect", kConnectMs, [&] { status = vmbus_core_connect(); });
            if (status == 0) {
                total_.connected++;
                for (uint32_t step = 0; step < kStepsOfLife && own_exchanges() < kExchangesOfLife; step++) host_acts();
            }
            bus_test::in_time("disconnect", kDisconnectMs, [] { vmbus_core_disconnect(); });
            collect();
        });
    }

private:
    static host::HostileOptions host_options(uint64_t seed) {
        host::HostileOptions options;
        options.seed = seed;
        static const uint32_t kMessageRates[] = {3, 8, 20, 60};
        options.message_rate = kMessageRates[seed % 4];
        options.packet_rate = 1 + seed % 3;
        options.word_rate = seed % 5 == 0 ? 100 : 2000;
        options.event_rate = 20;
        return options;
    }

    static bus_test::WorldOptions world_options(uint64_t seed) {
        static const uint32_t kVersions[] = {hyperv::kVersionCopper, hyperv::kVersionIron, hyperv::kVersionWin10V5,
                                             hyperv::kVersionWin10,  hyperv::kVersionWin7, hyperv::kVersionWs2008};
        bus_test::WorldOptions options;
        options.seed = seed;
        options.devices = 3;
        options.host.versions = {kVersions[seed % 6]};
        options.host.features = ~0u;
        return options;
    }

    void bind(Device& device) {
        Drivers* const drivers = new Drivers{total_.guest, device.channel, nullptr, {}};
        device.data = drivers;
        drivers->primary.reset(new HostileClient(device.channel, random_.next(), total_.guest));
        drivers->primary->opened = [drivers] { drivers->begin_subchannels(); };
        drivers->primary->closing = [drivers] { drivers->end_subchannels(); };
        drivers->primary->start();
    }

    void unbind(Device& device) {
        std::unique_ptr<Drivers> drivers(static_cast<Drivers*>(device.data));
        drivers->primary->stop();
        lis_vmbus_channel_close(device.channel);
    }

    // Now and then a byte that the guest has just loaded is another one behind its back: whoever
    // loads it again sees that. Not the type of a message: an empty slot stays empty.
    void rewrite(uint64_t frame, size_t offset, size_t size) {
        if (frame == 0 || !rewrites_.once_in(400)) return;
        unsigned char* const page = static_cast<unsigned char*>(testos::Frames::pool().host_address(frame));
        if (!page || !testos::Frames::pool().is_held(frame)) return;
        for (uint32_t cpu = 0; cpu < world_.machine.scheduler.cpu_count(); cpu++) {
            const uint32_t vp = world_.machine.scheduler.cpu(cpu).vp_index;
            if (world_.link.synic.ready(vp) && reinterpret_cast<unsigned char*>(world_.link.synic.slot(vp, 0)) == page && offset % 256 < 8) return;
        }
        const size_t at = offset + rewrites_.below(static_cast<uint32_t>(size));
        if (at >= testos::kFrameBytes) return;
        page[at] ^= static_cast<unsigned char>(1 + rewrites_.below(255));
        total_.rewritten_loads++;
    }

    uint64_t own_exchanges() const {
        return hostile_.counts.messages + hostile_.counts.events + hostile_.counts.taken;
    }

    void with_channel(const std::function<void(host::Channel&)>& use) {
        if (host::Channel* const channel = world_.bus.channel(1 + random_.below(8))) use(*channel);
    }

    void host_acts() {
        switch (random_.below(16)) {
        case 0:
            if (world_.devices.size() < 4) world_.add_echo(static_cast<int>(random_.below(6)));
            break;
        case 1:
            if (random_.once_in(4)) with_channel([this](host::Channel& channel) { world_.bus.remove_channel(channel); });
            break;
        case 2: with_channel([this](host::Channel& channel) { world_.bus.offer_again(channel); }); break;
        case 3: world_.bus.rescind_relid(9 + random_.below(4000)); break;
        case 4:
            with_channel([this](host::Channel& channel) {
                if (channel.subchannel_index() == 0)
                    world_.bus.add_subchannel(channel, static_cast<uint16_t>(1 + random_.below(3)));
            });
            break;
        case 5: with_channel([](host::Channel& channel) { channel.signal_guest(); }); break;
        case 6:
            if (random_.once_in(8)) world_.link.post_statuses.push_back(random_.below(0x80));
            break;
        default: lis_os_sleep_ms(1 + random_.below(4)); break;
        }
    }

    void collect() {
        uint64_t value = 0;
        for (uint32_t index = 0; const char* const name = vmbus_core_counter(index, &value); index++) total_.bus[name] += value;
        hostile_.counts.add_to(total_.host);
        total_.lives++;
    }

    testos::Random random_;
    testos::Random rewrites_{7};
    host::Hostile hostile_;
    World world_;
    Total& total_;
};

void print(const Total& total) {
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    printf("%llu mutated exchanges in %llu lives of the bus, %llu of them connected\n", number(total.exchanges()),
           number(total.lives), number(total.connected));
    for (const auto& each : total.host) printf("  host %s: %llu\n", each.first.c_str(), number(each.second));
    printf("  loads rewritten: %llu\n", number(total.rewritten_loads));
    const ClientCounts& guest = total.guest;
    printf("  guest: %llu packets, %llu requests sent, %llu completed, %llu unknown ids, %llu bad payloads, %llu bad types, "
           "%llu too big, %llu broken receiving, %llu sending, %llu stalls, %llu opens (%llu failed), %llu gpadls (%llu failed), "
           "%llu moves (%llu failed)\n",
           number(guest.packets), number(guest.sent), number(guest.completed), number(guest.unknown_ids),
           number(guest.bad_payloads), number(guest.bad_types), number(guest.too_big), number(guest.broken),
           number(guest.send_broken), number(guest.stalls), number(guest.opens), number(guest.failed_opens),
           number(guest.gpadls), number(guest.failed_gpadls), number(guest.moves), number(guest.failed_moves));
    for (const auto& each : total.bus) printf("  bus %s: %llu\n", each.first.c_str(), number(each.second));
}

uint64_t seconds_now() { return static_cast<uint64_t>(time(nullptr)); }

} // namespace

TEST(BusHostile, LivesThroughAMillionMutatedExchanges) {
    const char* const one = getenv("LIS_SEED");
    const char* const wanted = getenv("FUZZ_SECONDS");
    const uint64_t end = wanted ? seconds_now() + strtoull(wanted, nullptr, 10) : 0;
    Total total;
    total.host = {{"messages", 0}, {"events", 0}, {"taken", 0}};
    uint64_t seed = one ? strtoull(one, nullptr, 10) : 1;
    for (;; seed++) {
        Life(seed, total).run();
        if (HasFailure()) {
            printf("failed in life %llu; again: LIS_SEED=%llu build/unit/asan/bus_hostile_test\n",
                   static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
            break;
        }
        if (one || (total.exchanges() >= kExchanges && seconds_now() >= end)) break;
    }
    print(total);
    if (one || HasFailure()) return;
    EXPECT_GE(total.exchanges(), kExchanges);
    // Every defence has been needed. (Memory does not run out here, and a full inbox has a test of its own.)
    for (const auto& each : total.bus) {
        if (each.first == "offer_no_memory" || each.first == "inbox_full") continue;
        EXPECT_GT(each.second, 0u) << "nothing has ever been counted as " << each.first;
    }
    EXPECT_GT(total.guest.completed, 0u);
    EXPECT_GT(total.guest.unknown_ids, 0u);
    EXPECT_GT(total.guest.bad_payloads, 0u);
    EXPECT_GT(total.guest.bad_types, 0u);
    EXPECT_GT(total.guest.broken, 0u);
    EXPECT_GT(total.guest.send_broken, 0u);
    EXPECT_GT(total.guest.gpadls, 0u);
    EXPECT_GT(total.guest.moves, 0u);
}
