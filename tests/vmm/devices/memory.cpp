// SPDX-License-Identifier: GPL-2.0-only
#include <host/memory/memory_device.hpp>

#include "kinds.hpp"

namespace vmm {

namespace {

using host::MemoryDevice;
using host::PageRange;

const uint64_t kPageShift = 12;
const uint64_t kPagesInMib = 256;
const uint64_t kMostMib = 65536;

const char* state_name(MemoryDevice::State state) {
    switch (state) {
    case MemoryDevice::State::Closed: return "closed";
    case MemoryDevice::State::Version: return "version";
    case MemoryDevice::State::Capabilities: return "capabilities";
    case MemoryDevice::State::Idle: return "idle";
    case MemoryDevice::State::Ballooning: return "ballooning";
    case MemoryDevice::State::Unballooning: return "unballooning";
    case MemoryDevice::State::HotAdding: return "hot-adding";
    }
    return "";
}

Json status(const MemoryDevice& device) {
    return Json{{"state", state_name(device.state())},
                {"version", device.version()},
                {"assigned-pages", device.assigned()},
                {"ballooned-pages", device.memory().ballooned.count()},
                {"hot-added-pages", device.hot_added()},
                {"room-pages", device.memory().room.count},
                {"refused", device.refused()},
                {"answers", device.answers()},
                {"reports", device.pressure().count},
                {"available-pages", device.pressure().available},
                {"committed-pages", device.pressure().committed},
                {"violations", device.violations()}};
}

Json done_unless(const std::string& reason) {
    if (!reason.empty()) throw Error(reason);
    return Json::object();
}

uint32_t dm_version(const std::string& text) {
    if (text == "2.0") return hyperv::kDmVersion2_0;
    if (text == "1.0") return hyperv::kDmVersion1_0;
    if (text == "0.3") return hyperv::kDmVersion0_3;
    throw Error("version: " + text + " is none of 0.3, 1.0 and 2.0");
}

class MemoryKind : public DeviceKind {
public:
    const char* name() const override { return "memory"; }
    const char* help() const override {
        return "    dynamic memory: a balloon, and memory that is added up to --max-memory\n"
               "    version=V       0.3, 1.0 or 2.0: the only one that it speaks (default: all)\n"
               "    ranges=N        page ranges in one unballoon message, 1 to 510 (default 510; QEMU sends 1)\n"
               "    memory-target {\"mib\": N}: the guest keeps N MiB for itself, the rest goes to the host\n"
               "    memory-hot-add {\"mib\": N, \"region\": on|off}: adds N MiB, with a region named around it or not\n"
               "    memory-status: state, pages, the last pressure report, what the guest has done wrong\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_keys(arguments, {"version", "ranges"});
        host::MemoryOptions options;
        if (arguments.contains("version")) options.versions = {dm_version(text_argument(arguments, "version"))};
        options.ranges_in_message = number_argument(arguments, "ranges", 1, 510, 510);
        const Memory& memory = surroundings.memory;
        host::GuestMemory guest;
        guest.present.add(PageRange{0, memory.low_bytes() >> kPageShift});
        guest.present.add(PageRange{kHoleEnd >> kPageShift, memory.high_bytes() >> kPageShift});
        guest.room = PageRange{memory.room_address() >> kPageShift, memory.room_bytes() >> kPageShift};
        guest.taken = [&memory](PageRange range) { memory.discard(range.first << kPageShift, range.count << kPageShift); };
        return std::make_shared<MemoryDevice>(surroundings.instance, guest, options);
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("memory-target", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"mib"});
            return done_unless(static_cast<MemoryDevice&>(device).set_target(number_argument(arguments, "mib", 0, kMostMib) * kPagesInMib));
        });
        commands.add("memory-hot-add", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {"mib", "region"});
            const uint64_t pages = number_argument(arguments, "mib", 1, kMostMib) * kPagesInMib;
            return done_unless(static_cast<MemoryDevice&>(device).hot_add(pages, flag_argument(arguments, "region", false)));
        });
        commands.add("memory-status", [](host::Device& device, const Json& arguments) {
            check_keys(arguments, {});
            return status(static_cast<MemoryDevice&>(device));
        });
    }
};

} // namespace

DeviceKind* memory_kind() {
    static MemoryKind kind;
    return &kind;
}

} // namespace vmm
