// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_kvp.hpp>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

typedef ServiceDevice<host::KvpService> Device;
using hyperv::KvpFamily;
using hyperv::KvpPool;
using hyperv::KvpType;

struct Name {
    const char* text;
    unsigned value;
};
const Name kPools[] = {{"external", 0}, {"guest", 1}, {"auto", 2}, {"auto-external", 3}};
const Name kTypes[] = {{"string", 1}, {"expand-string", 2}, {"u32", 4}, {"u64", 11}};
const Name kFamilies[] = {{"none", 0}, {"ipv4", 1}, {"ipv6", 2}, {"both", 3}};

template <size_t N>
unsigned named(const Name (&names)[N], const Json& arguments, const std::string& key, const std::string& fallback) {
    const std::string text = text_argument(arguments, key, fallback);
    std::string all;
    for (const Name& name : names) {
        if (text == name.text) return name.value;
        all += (all.empty() ? "" : ", ") + std::string(name.text);
    }
    throw Error(key + ": " + text + " is none of " + all);
}

template <size_t N>
std::string name_of(const Name (&names)[N], unsigned value) {
    for (const Name& name : names)
        if (name.value == value) return name.text;
    return std::to_string(value);
}

KvpPool pool_of(const Json& arguments, const char* fallback) {
    return static_cast<KvpPool>(named(kPools, arguments, "pool", fallback));
}

Json json_of(const host::KvpItem& item) {
    return {{"key", item.key}, {"value", item.value}, {"type", name_of(kTypes, static_cast<unsigned>(item.type))}};
}

Json set(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"pool", "key", "value", "type"});
    host::KvpItem item;
    item.key = text_argument(arguments, "key");
    item.value = text_argument(arguments, "value");
    item.type = static_cast<KvpType>(named(kTypes, arguments, "type", "string"));
    const std::string fault = host::KvpService::fault(item);
    if (!fault.empty()) throw Error(fault);
    const KvpPool pool = pool_of(arguments, "external");
    kvp.errand.begin("kvp-set");
    kvp.set(pool, item, [&kvp](const host::IcAnswer& answer) { kvp.errand.end(answer); });
    return Json::object();
}

Json remove(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"pool", "key"});
    const std::string key = text_argument(arguments, "key");
    const KvpPool pool = pool_of(arguments, "external");
    kvp.errand.begin("kvp-delete");
    kvp.remove(pool, key, [&kvp](const host::IcAnswer& answer) { kvp.errand.end(answer); });
    return Json::object();
}

Json get(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"pool", "key"});
    const std::string key = text_argument(arguments, "key");
    const KvpPool pool = pool_of(arguments, "guest");
    kvp.errand.begin("kvp-get");
    kvp.get(pool, key, [&kvp](const host::IcAnswer& answer, const host::KvpItem& item) {
        kvp.errand.end(answer, answer.ok() ? Json{{"item", json_of(item)}} : Json::object());
    });
    return Json::object();
}

Json list(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"pool"});
    const KvpPool pool = pool_of(arguments, "guest");
    kvp.errand.begin("kvp-list");
    kvp.list(pool, [&kvp](const host::IcAnswer& answer, const std::vector<host::KvpItem>& items) {
        Json all = Json::array();
        for (const host::KvpItem& item : items) all.push_back(json_of(item));
        kvp.errand.end(answer, {{"items", all}});
    });
    return Json::object();
}

void check_addresses(const Device& kvp) {
    if (kvp.ready() && !kvp.knows_addresses())
        throw Error("the guest speaks version " + kvp.version().text() + ": its form of addresses is not known here");
}

Json get_addresses(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"adapter"});
    const std::string adapter = text_argument(arguments, "adapter");
    check_addresses(kvp);
    kvp.errand.begin("kvp-get-addresses");
    kvp.get_addresses(adapter, [&kvp](const host::IcAnswer& answer, const host::KvpAddresses& found) {
        kvp.errand.end(answer, {{"adapter", found.adapter},
                                {"family", name_of(kFamilies, static_cast<unsigned>(found.family))},
                                {"dhcp", found.dhcp},
                                {"addresses", found.addresses},
                                {"masks", found.masks},
                                {"gateways", found.gateways},
                                {"name-servers", found.name_servers}});
    });
    return Json::object();
}

Json set_addresses(Device& kvp, const Json& arguments) {
    check_keys(arguments, {"adapter", "family", "dhcp", "addresses", "masks", "gateways", "name-servers"});
    host::KvpAddresses wanted;
    wanted.adapter = text_argument(arguments, "adapter");
    wanted.family = static_cast<KvpFamily>(named(kFamilies, arguments, "family", "ipv4"));
    wanted.dhcp = flag_argument(arguments, "dhcp", false);
    wanted.addresses = text_argument(arguments, "addresses", "");
    wanted.masks = text_argument(arguments, "masks", "");
    wanted.gateways = text_argument(arguments, "gateways", "");
    wanted.name_servers = text_argument(arguments, "name-servers", "");
    check_addresses(kvp);
    kvp.errand.begin("kvp-set-addresses");
    kvp.set_addresses(wanted, [&kvp](const host::IcAnswer& answer) { kvp.errand.end(answer); });
    return Json::object();
}

class KvpKind : public DeviceKind {
public:
    const char* name() const override { return "kvp"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    kvp-set key=K, value=V, pool=external, type=string|expand-string|u32|u64\n"
            "    kvp-delete key=K, pool=external\n"
            "    kvp-get key=K, pool=guest   (Linux's driver answers without a value)\n"
            "    kvp-list pool=guest|auto|external|auto-external   all keys with their values\n"
            "    kvp-get-addresses adapter={GUID}   of a network device\n"
            "    kvp-set-addresses adapter={GUID}, family=ipv4, dhcp=off, addresses=A;B, masks=, gateways=, name-servers=\n"
            "    kvp-status        what came of it. Event KVP\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {});
        return std::make_shared<Device>(surroundings, arguments);
    }

    void add_commands(DeviceCommands& commands) override {
        add(commands, "kvp-set", set);
        add(commands, "kvp-delete", remove);
        add(commands, "kvp-get", get);
        add(commands, "kvp-list", list);
        add(commands, "kvp-get-addresses", get_addresses);
        add(commands, "kvp-set-addresses", set_addresses);
        add(commands, "kvp-status", [](Device& kvp, const Json&) { return kvp.errand.status(); });
    }

private:
    static void add(DeviceCommands& commands, const char* name, std::function<Json(Device&, const Json&)> run) {
        commands.add(name, [run](host::Device& device, const Json& arguments) { return run(static_cast<Device&>(device), arguments); });
    }
};

} // namespace

DeviceKind* kvp_kind() {
    static KvpKind kind;
    return &kind;
}

} // namespace vmm
