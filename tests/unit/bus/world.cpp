// SPDX-License-Identifier: GPL-2.0-only
#include "world.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

namespace bus_test {

namespace {

World* g_world;

testos::Options machine_options(const WorldOptions& options) {
    testos::Options made;
    made.seed = options.seed;
    made.cpus = options.cpus;
    made.vp_index = options.vp_index;
    return made;
}

void on_each_cpu(void (*run)(uint32_t cpu)) {
    struct Call {
        void (*run)(uint32_t cpu);
        uint32_t cpu;
    };
    for (uint32_t cpu = 0; cpu < lis_os_cpu_limit(); cpu++) {
        Call call = {run, cpu};
        const int32_t called = lis_os_cpu_call(
            cpu,
            [](void* context) {
                const Call* const c = static_cast<const Call*>(context);
                c->run(c->cpu);
            },
            &call);
        EXPECT_TRUE(called == 0 || !lis_os_cpu_is_online(cpu));
    }
}

} // namespace

World::World(const WorldOptions& options)
    : machine(machine_options(options)), link(machine, options.host), bus(link.bus), options_(options) {
    g_world = this;
    for (uint32_t i = 0; i < options.devices; i++) add_echo();
}

World::~World() {
    if (!violations_expected_)
        for (const std::string& violation : bus.violations()) ADD_FAILURE() << "the host complains: " << violation;
    g_world = nullptr;
}

World& World::current() { return *g_world; }

void World::run(std::function<void()> body) {
    machine.run([this, &body] {
        if (load() == 0) {
            body();
            unload();
        } else {
            ADD_FAILURE() << "vmbus_core_create fails";
        }
    });
}

void World::run_connected(std::function<void()> body) {
    run([&body] {
        EXPECT_EQ(vmbus_core_connect(), 0);
        body();
        vmbus_core_disconnect();
    });
}

int32_t World::load() {
    vmbus_core_settings settings = {};
    settings.size = sizeof settings;
    settings.max_version = options_.max_version;
    settings.vector = kVector;
    const int32_t status = vmbus_core_create(&settings);
    if (status != 0) return status;
    loaded_ = true;
    machine.set_handler(kVector, vmbus_core_interrupt);
    on_each_cpu(vmbus_core_synic_enable);
    return 0;
}

void World::unload() {
    on_each_cpu(vmbus_core_synic_mask);
    lis_os_quiesce();
    machine.set_handler(kVector, nullptr);
    on_each_cpu(vmbus_core_synic_disable);
    vmbus_core_ledger(&last_ledger);
    EXPECT_EQ(last_ledger.allocated, last_ledger.freed + last_ledger.abandoned);
    EXPECT_EQ(last_ledger.shared, 0u);
    EXPECT_EQ(last_ledger.with_host, 0u);
    vmbus_core_destroy();
    loaded_ = false;
    EXPECT_TRUE(devices.empty());
}

// ---- the host's devices ----

host::OfferDescription World::describe(int number) {
    host::OfferDescription description;
    description.class_id = host::guid("f8615163-df3e-46c5-913f-f2d2f965ed0e");
    description.instance = host::guid("00000000-1111-2222-3333-444444440000");
    description.instance.bytes[14] = static_cast<unsigned char>(number >> 8);
    description.instance.bytes[15] = static_cast<unsigned char>(number);
    return description;
}

host::EchoDevice& World::add_echo(int number, int monitor_id, bool dedicated) {
    host::OfferDescription description = describe(number >= 0 ? number : static_cast<int>(echoes_.size()));
    description.monitor_id = monitor_id;
    description.dedicated_interrupt = dedicated;
    echoes_.push_back(std::make_shared<host::EchoDevice>(description));
    bus.add_device(echoes_.back());
    return *echoes_.back();
}

Device* World::device(uint32_t relid) {
    for (auto& device : devices)
        if (lis_vmbus_channel_offer(device->channel)->relid == relid) return device.get();
    return nullptr;
}

// ---- to look at ----

uint64_t World::counter(const char* name) {
    uint64_t value = 0;
    for (uint32_t index = 0;; index++) {
        const char* const found = vmbus_core_counter(index, &value);
        if (!found) break;
        if (strcmp(found, name) == 0) return value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
}

struct vmbus_core_ledger World::ledger() {
    struct vmbus_core_ledger now = {};
    vmbus_core_ledger(&now);
    return now;
}

bool World::wait_until(const std::function<bool()>& condition, uint32_t ms) {
    const uint64_t deadline = lis_os_now_ns() + uint64_t{ms} * 1000000;
    while (!condition()) {
        if (lis_os_now_ns() > deadline) return false;
        lis_os_sleep_ms(1);
    }
    return true;
}

WorldOptions seeded(testos::Seed seed, uint32_t devices) {
    WorldOptions options;
    options.seed = seed.value;
    options.devices = devices;
    return options;
}

lis_vmbus_open open_parameters(Events* events, uint32_t send_pages, uint32_t receive_pages) {
    lis_vmbus_open how = {};
    how.size = sizeof how;
    how.send_pages = send_pages;
    how.receive_pages = receive_pages;
    how.dispatch = LIS_VMBUS_DISPATCH_SOFTIRQ;
    how.cpu = LIS_VMBUS_CPU_ANY;
    how.on_event = [](void* context) { static_cast<Events*>(context)->events++; };
    how.on_rescind = [](void* context) { static_cast<Events*>(context)->rescinds++; };
    how.context = events;
    return how;
}

} // namespace bus_test

// ---- the shims' side of vmbus_core.h ----

using bus_test::Device;
using bus_test::World;

int32_t vmbus_shim_device_add(struct lis_vmbus_channel* primary) {
    World& world = World::current();
    if (world.fail_adds > 0) {
        world.fail_adds--;
        return -LIS_ENOMEM;
    }
    lis_vmbus_channel_get(primary);
    world.devices.push_back(std::unique_ptr<Device>(new Device{primary, {}, {}, nullptr}));
    Device& device = *world.devices.back();
    vmbus_core_channel_set_shim(primary, &device);
    world.adds++;
    if (world.on_add) world.on_add(device);
    return 0;
}

void vmbus_shim_device_remove(struct lis_vmbus_channel* primary) {
    World& world = World::current();
    Device* const device = static_cast<Device*>(vmbus_core_channel_shim(primary));
    if (world.on_remove) world.on_remove(*device);
    EXPECT_TRUE(device->subchannels.empty()) << "a sub-channel is in sysfs longer than its primary";
    world.removes++;
    vmbus_core_channel_set_shim(primary, nullptr);
    auto found = std::find_if(world.devices.begin(), world.devices.end(),
                              [device](const std::unique_ptr<Device>& each) { return each.get() == device; });
    world.devices.erase(found);
    lis_vmbus_channel_put(primary);
}

int32_t vmbus_shim_subchannel_add(struct lis_vmbus_channel* subchannel) {
    World& world = World::current();
    Device* const device = static_cast<Device*>(vmbus_core_channel_shim(vmbus_core_channel_primary(subchannel)));
    if (!device) {
        ADD_FAILURE() << "a sub-channel comes to sysfs before its primary";
        return -LIS_ENODEV;
    }
    device->subchannels.push_back(subchannel);
    world.subchannel_adds++;
    if (world.on_subchannel_add) world.on_subchannel_add(subchannel);
    return 0;
}

void vmbus_shim_subchannel_remove(struct lis_vmbus_channel* subchannel) {
    World& world = World::current();
    Device* const device = static_cast<Device*>(vmbus_core_channel_shim(vmbus_core_channel_primary(subchannel)));
    ASSERT_NE(device, nullptr);
    auto& list = device->subchannels;
    ASSERT_NE(std::find(list.begin(), list.end(), subchannel), list.end());
    list.erase(std::find(list.begin(), list.end(), subchannel));
    world.subchannel_removes++;
}

void vmbus_shim_device_reoffered(struct lis_vmbus_channel* primary, uint32_t old_relid) {
    Device* const device = static_cast<Device*>(vmbus_core_channel_shim(primary));
    if (device) device->reoffers.push_back({old_relid, lis_vmbus_channel_offer(primary)->relid});
}
