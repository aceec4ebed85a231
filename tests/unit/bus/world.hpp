// SPDX-License-Identifier: GPL-2.0-only
// A whole bus: simulated machine, host model, hv_vmbus's core, and in the place of
// the shims a device model that a test can look into.
#ifndef BUS_WORLD_HPP
#define BUS_WORLD_HPP

#include "host/echo_device.hpp"
#include "link.hpp"
#include "os/seeds.hpp"
#include "vmbus/vmbus_core.h"

#include <memory>

namespace bus_test {

struct WorldOptions {
    uint64_t seed = 1;
    uint32_t cpus = 3;
    uint32_t max_version = 0;
    std::function<uint32_t(uint32_t)> vp_index;
    host::BusOptions host;
    uint32_t devices = 0; // echo devices that the host has from the start
};

WorldOptions seeded(testos::Seed seed, uint32_t devices = 0);

const uint32_t kVector = 0xF3;

// What stands in the device model.
struct Device {
    lis_vmbus_channel* channel;
    std::vector<lis_vmbus_channel*> subchannels;
    std::vector<std::pair<uint32_t, uint32_t>> reoffers; // old and new relid
    void* data = nullptr;                                // a test's driver
};

class World {
public:
    explicit World(const WorldOptions& options);
    ~World(); // the host has nothing to complain of, unless expect_violations() was called
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    static World& current();

    testos::Machine machine;
    Link link;
    host::Bus& bus;

    // Loads the core, runs body as a task, and unloads. The ledger must balance.
    void run(std::function<void()> body);
    // The same with the connection made before and ended after.
    void run_connected(std::function<void()> body);

    // In tasks; run() does these.
    int32_t load();
    void unload();

    // ---- the host's devices ----
    host::EchoDevice& add_echo(int number = -1, int monitor_id = -1, bool dedicated = true);
    static host::OfferDescription describe(int number);

    // ---- the device model ----
    std::vector<std::unique_ptr<Device>> devices;
    Device* device(uint32_t relid);
    // Where the driver's probe and remove would run.
    std::function<void(Device&)> on_add;
    std::function<void(Device&)> on_remove;
    std::function<void(lis_vmbus_channel*)> on_subchannel_add;
    // The next registrations fail.
    uint32_t fail_adds = 0;
    uint32_t adds = 0, removes = 0, subchannel_adds = 0, subchannel_removes = 0;

    // ---- to look at ----
    void expect_violations() { violations_expected_ = true; }
    uint64_t counter(const char* name);
    struct vmbus_core_ledger ledger();
    struct vmbus_core_ledger last_ledger = {}; // at unload
    // Until the condition holds, at most that long; false: it never did.
    bool wait_until(const std::function<bool()>& condition, uint32_t ms = 1000);

private:
    WorldOptions options_;
    std::vector<std::shared_ptr<host::EchoDevice>> echoes_;
    bool violations_expected_ = false;
    bool loaded_ = false;
};

// Options of a failing open are the test's; these are good ones.
struct Events {
    uint32_t events = 0;
    uint32_t rescinds = 0;
};
lis_vmbus_open open_parameters(Events* events, uint32_t send_pages = 3, uint32_t receive_pages = 3);

} // namespace bus_test

#endif
