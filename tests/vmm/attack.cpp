// SPDX-License-Identifier: GPL-2.0-only
#include "attack.hpp"

#include "device_kind.hpp"

namespace vmm {

namespace {

const uint64_t kSlowest = 1000000;
const uint64_t kUsualRate = 8;

// rate: one packet in so many. An answer that goes wrong costs the guest a minute of waiting, a lie about an event or an
// index its channel: they are fewer.
host::HostileOptions options_of(uint64_t seed, uint64_t rate) {
    host::HostileOptions options;
    options.seed = seed;
    options.packet_rate = static_cast<uint32_t>(rate);
    options.message_rate = static_cast<uint32_t>(4 * rate);
    options.event_rate = static_cast<uint32_t>(4 * rate);
    options.word_rate = static_cast<uint32_t>(50 * rate);
    return options;
}

HostLink& running(const std::function<HostLink*()>& host) {
    HostLink* const link = host();
    if (!link) throw Error("there is no guest");
    return *link;
}

} // namespace

host::HostileOptions parse_attack(const std::string& text) {
    const size_t comma = text.find(',');
    const std::string seed = text.substr(0, comma);
    std::string rate = std::to_string(kUsualRate);
    if (comma != std::string::npos) {
        const std::string key = "rate=";
        if (text.compare(comma + 1, key.size(), key) != 0) throw Error("\"" + text.substr(comma + 1) + "\" is not rate=N");
        rate = text.substr(comma + 1 + key.size());
    }
    const auto number = [](const std::string& digits) {
        if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
            throw Error("\"" + digits + "\" is no number");
        return std::stoull(digits);
    };
    if (number(rate) == 0) throw Error("a rate of 0");
    return options_of(number(seed), number(rate));
}

void add_attack_commands(Control& control, std::function<HostLink*()> host) {
    control.add_command("hostile-start", [host](const Json& arguments) {
        check_keys(arguments, {"seed", "rate"});
        HostLink& link = running(host);
        const auto guard = link.lock();
        link.attack(options_of(number_argument(arguments, "seed", 0, UINT32_MAX),
                               number_argument(arguments, "rate", 1, kSlowest, kUsualRate)));
        return Json::object();
    });
    control.add_command("hostile-stop", [host](const Json&) {
        HostLink& link = running(host);
        const auto guard = link.lock();
        link.end_attack();
        return Json::object();
    });
    control.add_command("hostile-status", [host](const Json&) {
        HostLink& link = running(host);
        const auto guard = link.lock();
        Json status = link.attack_counts();
        status["attacks"] = link.attacks();
        status["gpadls"] = link.bus().gpadl_count(); // query-stats is long by now: all that the guest did wrong
        return status;
    });
}

} // namespace vmm
