// SPDX-License-Identifier: GPL-2.0-only
#include "scenarios.hpp"

namespace host {

namespace {

void stand_still(Bus& bus, Platform& platform, uint64_t ns) {
    bus.stall(true);
    platform.after(ns, [&bus] { bus.stall(false); });
}

void pause(Bus& bus, Platform& platform) { stand_still(bus, platform, kPauseNs); }

void silence(Bus& bus, Platform& platform) { stand_still(bus, platform, kSilenceNs); }

// The connection, its channels and their rings live on with the guest's memory. What lives in the
// old host does not: sockets end, and services agree on their versions with the new one.
void migrate(Bus& bus, Platform& platform) {
    bus.stall(true);
    platform.after(kMigrationStopNs, [&bus] {
        bus.stall(false);
        for (Channel* channel : bus.primaries()) {
            if (channel->device().describe().flags & hyperv::kOfferTlnpi) bus.remove_channel(*channel);
            else if (channel->is_open()) channel->device().on_other_host(*channel);
        }
    });
}

void reset_devices(Bus& bus, Platform&) {
    for (Channel* channel : bus.primaries())
        if (channel->state() != ChannelState::Revoked) bus.reset_device(channel->device());
}

void renumber(Bus& bus, Platform&) { bus.options.new_relids_on_reset = true; }

} // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = {
        {"pause", "assumed; a saved and restored guest sees the same of its bus",
         "the host serves nothing for 30 s: no answer, no interrupt; then everything, in order", pause},
        {"silence", "assumed",
         "the same for 150 s, longer than any guest waits: its requests time out, and the answers come all the same",
         silence},
        {"live-migration", "assumed; that services negotiate again is what guests of Hyper-V have seen",
         "2 s of standstill on an open connection, which lives on: sockets are rescinded, services negotiate again, "
         "the other host's clock is 10 s ahead, a virtual function goes and comes back",
         migrate},
        {"guest-hibernation", "documented in drivers/hv/vmbus_drv.c of Linux (vmbus_bus_resume)",
         "when the guest connects the next time, every device has another relid", renumber},
        {"device-reset", "documented in OpenVMM's vmbus_server (channel states Revoked and Reoffered)",
         "every device is rescinded, and offered again under another relid when the guest has released the old one",
         reset_devices},
    };
    return all;
}

const Scenario* find_scenario(const std::string& name) {
    for (const Scenario& scenario : scenarios())
        if (name == scenario.name) return &scenario;
    return nullptr;
}

} // namespace host
