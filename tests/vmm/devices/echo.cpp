// SPDX-License-Identifier: GPL-2.0-only
#include <host/echo_device.hpp>

#include "kinds.hpp"

namespace vmm {

namespace {

class EchoKind : public DeviceKind {
public:
    const char* name() const override { return "echo"; }
    const char* help() const override {
        return "    class=GUID   the device's class; it sends back what it gets\n"
               "    socket=on    offered as sockets are, which end in a migration\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_keys(arguments, {"class", "socket"});
        host::OfferDescription offer;
        offer.class_id = guid_argument(arguments, "class");
        offer.instance = surroundings.instance;
        if (flag_argument(arguments, "socket", false)) offer.flags = hyperv::kOfferTlnpi;
        return std::make_shared<host::EchoDevice>(offer);
    }
};

} // namespace

DeviceKind* echo_kind() {
    static EchoKind kind;
    return &kind;
}

} // namespace vmm
