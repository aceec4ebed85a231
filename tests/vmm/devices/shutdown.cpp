// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_shutdown.hpp>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

typedef ServiceDevice<host::ShutdownService> Device;

host::ShutdownKind kind_of(const std::string& text) {
    if (text == "power-off") return host::ShutdownKind::PowerOff;
    if (text == "restart") return host::ShutdownKind::Restart;
    if (text == "hibernate") return host::ShutdownKind::Hibernate;
    throw Error("what: power-off, restart or hibernate is expected");
}

class ShutdownKind : public DeviceKind {
public:
    const char* name() const override { return "shutdown"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    shutdown-request what=power-off|restart|hibernate, force=on, seconds=N, text=TEXT\n"
            "    shutdown-status   what the guest has answered. Event SHUTDOWN-ANSWER says it too\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {});
        Json named = arguments;
        named["driver"] = "shutdown-answer"; // SHUTDOWN is the event of a guest that has ended
        return std::make_shared<Device>(surroundings, named);
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("shutdown-request", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"what", "force", "seconds", "text"});
            Device& shutdown = static_cast<Device&>(device);
            const std::string what = text_argument(arguments, "what", "power-off");
            const host::ShutdownKind kind = kind_of(what);
            const bool force = flag_argument(arguments, "force", false);
            const uint32_t seconds = static_cast<uint32_t>(number_argument(arguments, "seconds", 0, UINT32_MAX, 60));
            const std::string text = text_argument(arguments, "text", "");
            if (shutdown.ready() && !shutdown.knows(kind))
                throw Error("the guest speaks version " + shutdown.version().text() + ", which cannot " + what);
            shutdown.errand.begin("shutdown-request");
            shutdown.request(kind, force, seconds, text, [&shutdown, what](const host::IcAnswer& answer) {
                shutdown.errand.end(answer, {{"what", what}});
            });
            return Json::object();
        });
        commands.add("shutdown-status", [](host::Device& device, const Json&) { return static_cast<Device&>(device).errand.status(); });
    }
};

} // namespace

DeviceKind* shutdown_kind() {
    static ShutdownKind kind;
    return &kind;
}

} // namespace vmm
