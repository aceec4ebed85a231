// SPDX-License-Identifier: GPL-2.0-only
#include <host/network/generator.hpp>
#include <host/network/network_device.hpp>
#include <host/network/responder.hpp>

#include <cstdio>

#include "kinds.hpp"
#include "tap.hpp"

namespace vmm {

namespace {

using host::AdapterOptions;
using host::NetworkDevice;

const struct {
    const char* name;
    uint32_t version;
} kVersions[] = {{"1", hyperv::kNvspVersion1}, {"2", hyperv::kNvspVersion2}, {"4", hyperv::kNvspVersion4},
                 {"5", hyperv::kNvspVersion5}, {"6", hyperv::kNvspVersion6}, {"6.1", hyperv::kNvspVersion61}};

uint32_t nvsp_version(const std::string& text) {
    for (const auto& each : kVersions)
        if (text == each.name) return each.version;
    throw Error("nvsp: " + text + " is none of 1, 2, 4, 5, 6, 6.1");
}

host::MacAddress mac_address(const std::string& text) {
    unsigned bytes[6];
    char end;
    host::MacAddress mac;
    const int found = sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%c", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                             &bytes[4], &bytes[5], &end);
    if (found != 6 || (bytes[0] & 1))
        throw Error("mac: " + text + " is not an address like 00:15:5d:00:00:01");
    for (int i = 0; i < 6; i++) mac[i] = static_cast<unsigned char>(bytes[i]);
    return mac;
}

// As Hyper-V's own are.
host::MacAddress mac_of(const hyperv::Guid& instance) {
    return {{0x00, 0x15, 0x5d, 0x6c, instance.bytes[14], instance.bytes[15]}};
}

void set_offloads(AdapterOptions& options, const std::string& text) {
    if (text == "all") return;
    options.checksum = options.large_send = options.rsc = false;
    if (text == "none") return;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find('+', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (word == "checksum") options.checksum = true;
        else if (word == "lso") options.large_send = true;
        else if (word == "lso1") options.large_send_v1 = true;
        else if (word == "rsc") options.rsc = true;
        else throw Error("offloads: " + word + " is none of checksum, lso, lso1, rsc");
        begin = end + 1;
    }
    if ((options.large_send || options.large_send_v1) && !options.checksum) throw Error("offloads: lso needs checksum");
}

std::shared_ptr<host::Backend> make_backend(const std::string& text, const AdapterOptions& options,
                                            Surroundings& surroundings) {
    if (text == "responder") return std::make_shared<host::Responder>(surroundings.platform);
    if (text == "generator") return std::make_shared<host::Generator>(surroundings.platform, options.mac);
    if (text == "none") return std::make_shared<host::NullBackend>();
    if (text.compare(0, 4, "tap:") == 0)
        return std::make_shared<Tap>(text.substr(4), options.checksum, surroundings.enter);
    throw Error("backend: " + text + " is none of responder, generator, tap:NAME, none");
}

class NetworkKind : public DeviceKind {
public:
    const char* name() const override { return "network"; }
    const char* help() const override {
        return "    a network adapter (netvsp)\n"
               "    backend=WHAT    what is at the end of its cable (default responder):\n"
               "                    responder: has every address, on all VLANs; answers ARP, ping, UDP and TCP\n"
               "                               (echo; discard on port 9, chargen on TCP port 19); needs no root\n"
               "                    generator: sends UDP as network-generate says\n"
               "                    tap:NAME:  a TAP interface of this machine, made if it is not there\n"
               "                    none:      nothing\n"
               "    mac=ADDRESS     (default 00:15:5d:6c and the device's number)\n"
               "    nvsp=V          the newest version that it speaks: 1, 2, 4, 5, 6 or 6.1 (default 6.1)\n"
               "    channels=N      1 to 64, with the primary one (default 8)\n"
               "    mtu=N           the largest, 1500 to 65500 (default 9000)\n"
               "    mbits=N         link speed in Mbit/s (default 10000)\n"
               "    offloads=WHAT   all, none, or some of checksum+lso+lso1+rsc (default all, which is without lso1)\n"
               "    sections=N      at most so many sections of the receive buffer are used\n"
               "    pcap=FILE       records all frames; snap=N: at most N bytes of each\n"
               "    network-link {\"up\": on|off, \"mbits\": N}: pulls or plugs the cable, or changes its speed\n"
               "    network-change {}: tells the guest that it is on another network\n"
               "    network-vf {\"allocated\": on|off, \"serial\": N}: gives or takes a virtual function\n"
               "    network-generate {\"frames\": N, \"per-second\": N, \"bytes\": N, \"ports\": N}: of a generator;\n"
               "                    frames 0: until it is given \"stop\": true\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_keys(arguments, {"backend", "mac", "nvsp", "channels", "mtu", "mbits", "offloads", "sections", "pcap",
                               "snap"});
        AdapterOptions options;
        options.mac = mac_of(surroundings.instance);
        if (arguments.contains("mac")) options.mac = mac_address(text_argument(arguments, "mac"));
        options.nvsp_version = nvsp_version(text_argument(arguments, "nvsp", "6.1"));
        options.channels = static_cast<uint16_t>(number_argument(arguments, "channels", 1, 64, 8));
        options.mtu_limit = static_cast<uint32_t>(number_argument(arguments, "mtu", 1500, 65500, 9000));
        options.link_bits = number_argument(arguments, "mbits", 1, 400000, 10000) * 1000000;
        const uint64_t sections = number_argument(arguments, "sections", 1, UINT32_MAX, UINT32_MAX);
        options.receive_sections = static_cast<uint32_t>(sections);
        set_offloads(options, text_argument(arguments, "offloads", "all"));
        std::unique_ptr<host::PcapWriter> pcap;
        if (arguments.contains("pcap")) {
            const std::string path = text_argument(arguments, "pcap");
            const uint64_t snap = number_argument(arguments, "snap", 14, 0x40000, 0x40000);
            pcap = host::PcapWriter::open(path, static_cast<uint32_t>(snap));
            if (!pcap) throw system_error("pcap=" + path);
        }
        return std::make_shared<NetworkDevice>(
            surroundings.platform, surroundings.bus, surroundings.instance, options,
            make_backend(text_argument(arguments, "backend", "responder"), options, surroundings), std::move(pcap));
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("network-link", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"up", "mbits"});
            auto& network = static_cast<NetworkDevice&>(device);
            if (arguments.contains("up")) network.set_link(flag_argument(arguments, "up", true));
            if (arguments.contains("mbits"))
                network.set_link_speed(number_argument(arguments, "mbits", 1, 400000) * 1000000);
            return Json::object();
        });
        commands.add("network-change", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {});
            static_cast<NetworkDevice&>(device).change_network();
            return Json::object();
        });
        commands.add("network-vf", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"allocated", "serial"});
            const bool allocated = flag_argument(arguments, "allocated", true);
            const uint64_t serial = number_argument(arguments, "serial", 0, UINT32_MAX, 1);
            if (!static_cast<NetworkDevice&>(device).set_vf(allocated, static_cast<uint32_t>(serial)))
                throw Error("this guest cannot have a virtual function");
            return Json::object();
        });
        commands.add("network-generate", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"frames", "per-second", "bytes", "ports", "stop"});
            const auto generator = dynamic_cast<host::Generator*>(&static_cast<NetworkDevice&>(device).backend());
            if (!generator) throw Error("its backend is no generator");
            if (flag_argument(arguments, "stop", false)) {
                generator->stop();
                return Json::object();
            }
            host::GeneratorPlan plan;
            plan.frames = number_argument(arguments, "frames", 0, UINT64_MAX, plan.frames);
            plan.per_second = number_argument(arguments, "per-second", 1, 10000000, plan.per_second);
            plan.bytes = number_argument(arguments, "bytes", 60, 65535, 64);
            plan.ports = static_cast<uint16_t>(number_argument(arguments, "ports", 1, 1024, plan.ports));
            generator->start(plan);
            return Json::object();
        });
    }
};

} // namespace

DeviceKind* network_kind() {
    static NetworkKind kind;
    return &kind;
}

} // namespace vmm
