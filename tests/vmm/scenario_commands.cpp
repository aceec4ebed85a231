// SPDX-License-Identifier: GPL-2.0-only
#include "scenario_commands.hpp"

#include <sstream>

#include <host/scenarios.hpp>

#include "device_kind.hpp"

namespace vmm {

namespace {

const size_t kHelpColumns = 116;

// Words of text in lines that begin with indent.
std::string wrapped(const std::string& indent, const std::string& text) {
    std::istringstream words(text);
    std::string result, line = indent;
    for (std::string word; words >> word;) {
        if (line.size() + 1 + word.size() > kHelpColumns) {
            result += line + "\n";
            line = indent;
        }
        line += (line.size() > indent.size() ? " " : "") + word;
    }
    return result + line + "\n";
}

} // namespace

void add_scenario_commands(Control& control, std::function<HostLink*()> host) {
    control.add_command("scenario", [host](const Json& arguments) {
        check_keys(arguments, {"name"});
        const std::string name = text_argument(arguments, "name");
        const host::Scenario* const scenario = host::find_scenario(name);
        if (!scenario) throw Error("no scenario is called " + name + " (see query-scenarios)");
        HostLink* const link = host();
        if (!link) throw Error("there is no guest");
        const auto guard = link->lock();
        if (link->bus().stalled()) throw Error("the last scenario has not ended");
        scenario->run(link->bus(), link->platform());
        return Json::object();
    });
    control.add_command("query-scenarios", [host](const Json& arguments) {
        check_keys(arguments, {});
        Json list = Json::array();
        for (const host::Scenario& each : host::scenarios())
            list.push_back(Json{{"name", each.name}, {"what", each.what}, {"source", each.source}});
        HostLink* const link = host();
        if (!link) return Json{{"scenarios", list}, {"busy", false}};
        const auto guard = link->share();
        return Json{{"scenarios", list}, {"busy", link->bus().stalled()}};
    });
}

std::string scenario_help() {
    std::string text;
    for (const host::Scenario& each : host::scenarios()) {
        text += std::string("    ") + each.name + "\n" + wrapped("        ", each.what);
        text += wrapped("        ", std::string("(") + each.source + ")");
    }
    return text;
}

} // namespace vmm
