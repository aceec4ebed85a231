// SPDX-License-Identifier: GPL-2.0-only
// What a host does to its guest as a whole (host/scenarios.hpp), among the commands.
#ifndef VMM_SCENARIO_COMMANDS_HPP
#define VMM_SCENARIO_COMMANDS_HPP

#include "control.hpp"
#include "host_link.hpp"

namespace vmm {

// scenario, query-scenarios. host() is the guest's at the time; null: there is none.
void add_scenario_commands(Control& control, std::function<HostLink*()> host);

// All of them with what they do and where that is documented, as lines for --help.
std::string scenario_help();

} // namespace vmm

#endif
