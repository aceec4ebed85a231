// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_vss.hpp>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

typedef ServiceDevice<host::VssService> Device;
using hyperv::VssOperation;

class VssKind : public DeviceKind {
public:
    const char* name() const override { return "vss"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    freeze-patience=60   the same for the answer to a freeze\n"
            "    vss-check         can the guest be backed up while it runs?\n"
            "    vss-freeze, vss-thaw, vss-complete   of a backup; the guest may take its time\n"
            "    vss-status        what the guest has answered, whether its file systems are frozen. Event VSS\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {"freeze-patience"});
        auto device = std::make_shared<Device>(surroundings, arguments);
        device->freeze_patience_ns = number_argument(arguments, "freeze-patience", 1, 86400, 60) * 1000000000;
        return device;
    }

    void add_commands(DeviceCommands& commands) override {
        add_operation(commands, "vss-check", VssOperation::CheckHotBackup);
        add_operation(commands, "vss-freeze", VssOperation::Freeze);
        add_operation(commands, "vss-thaw", VssOperation::Thaw);
        add_operation(commands, "vss-complete", VssOperation::BackupComplete);
        commands.add("vss-status", [](host::Device& device, const Json&) {
            const Device& vss = static_cast<Device&>(device);
            Json status = vss.errand.status();
            status["file_systems"] = host::vss_state_text(vss.file_systems());
            return status;
        });
    }

private:
    static void add_operation(DeviceCommands& commands, const std::string& name, VssOperation operation) {
        commands.add(name, [name, operation](host::Device& device, const Json& arguments) {
            check_keys(arguments, {});
            Device& vss = static_cast<Device&>(device);
            if (vss.ready() && !vss.knows(operation)) throw Error("the guest speaks version " + vss.version().text() + ", which has no " + name);
            vss.errand.begin(name);
            vss.perform(operation, [&vss](const host::IcAnswer& answer, uint32_t flags) {
                vss.errand.end(answer, {{"flags", flags}, {"file_systems", host::vss_state_text(vss.file_systems())}});
            });
            return Json::object();
        });
    }
};

} // namespace

DeviceKind* vss_kind() {
    static VssKind kind;
    return &kind;
}

} // namespace vmm
