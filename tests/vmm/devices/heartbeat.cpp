// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_heartbeat.hpp>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

typedef ServiceDevice<host::HeartbeatService> Device;

class HeartbeatKind : public DeviceKind {
public:
    const char* name() const override { return "heartbeat"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    period=2000       milliseconds from beat to beat\n"
            "    heartbeat-status  whether the last beat was answered, how many were lost\n"
            "    Event HEARTBEAT when the guest begins to answer, and when it does not.\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {"period"});
        auto device = std::make_shared<Device>(surroundings, arguments);
        device->period_ns = number_argument(arguments, "period", 10, 3600000, 2000) * 1000000;
        Device* const raw = device.get();
        device->on_change = [raw](bool alive) { raw->errand.tell({{"alive", alive}}); };
        return device;
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("heartbeat-status", [](host::Device& device, const Json&) {
            const Device& heartbeat = static_cast<Device&>(device);
            Json status = heartbeat.errand.status();
            status["alive"] = heartbeat.alive();
            status["sequence"] = heartbeat.sequence();
            status["lost"] = heartbeat.lost();
            status["application_state"] = heartbeat.application_state();
            return status;
        });
    }
};

} // namespace

DeviceKind* heartbeat_kind() {
    static HeartbeatKind kind;
    return &kind;
}

} // namespace vmm
