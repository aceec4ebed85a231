// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_time.hpp>

#include <ctime>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

const int64_t kMillisecond = 1000000;
const int64_t kMostMilliseconds = int64_t{100} * 366 * 86400 * 1000;

typedef ServiceDevice<host::TimeSyncService> Device;

int64_t unix_ns() {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

int64_t offset_argument(const Json& arguments) {
    const int64_t ms = signed_argument(arguments, "offset");
    if (ms > kMostMilliseconds || ms < -kMostMilliseconds / 4) throw Error("offset: too far away");
    return ms * kMillisecond;
}

class TimeSyncKind : public DeviceKind {
public:
    const char* name() const override { return "timesync"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    period=5000       milliseconds from sample to sample\n"
            "    sync=off          does not set the guest's clock when it begins\n"
            "    offset=0          milliseconds by which the guest's clock is to be ahead of the host's\n"
            "    timesync-set offset=N   from now on, and sets the guest's clock\n"
            "    timesync-sample offset=N   from now on, and only tells of it, as in every period\n"
            "    timesync-status   what the guest has answered, the offset, the host's clock. Event TIMESYNC\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {"period", "sync", "offset"});
        auto device = std::make_shared<Device>(surroundings, arguments, unix_ns);
        device->sample_period_ns = number_argument(arguments, "period", 10, 86400000, 5000) * kMillisecond;
        device->syncs_at_start = flag_argument(arguments, "sync", true);
        if (arguments.contains("offset")) device->offset_ns = offset_argument(arguments);
        return device;
    }

    void add_commands(DeviceCommands& commands) override {
        add_sending(commands, "timesync-set", hyperv::kIcTimeSync);
        add_sending(commands, "timesync-sample", hyperv::kIcTimeSample);
        commands.add("timesync-status", [](host::Device& device, const Json&) {
            const Device& timesync = static_cast<Device&>(device);
            Json status = timesync.errand.status();
            status["offset"] = timesync.offset_ns / kMillisecond;
            status["clock"] = unix_ns() / 1000000000;
            return status;
        });
    }

private:
    static void add_sending(DeviceCommands& commands, const std::string& name, uint8_t flags) {
        commands.add(name, [name, flags](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"offset"});
            Device& timesync = static_cast<Device&>(device);
            const int64_t offset_ns = arguments.contains("offset") ? offset_argument(arguments) : timesync.offset_ns;
            timesync.errand.begin(name);
            timesync.offset_ns = offset_ns;
            timesync.send(flags, [&timesync](const host::IcAnswer& answer) { timesync.errand.end(answer); });
            return Json::object();
        });
    }
};

} // namespace

DeviceKind* timesync_kind() {
    static TimeSyncKind kind;
    return &kind;
}

} // namespace vmm
