// SPDX-License-Identifier: GPL-2.0-only
// The hostile host on the command line and among the commands.
#ifndef VMM_ATTACK_HPP
#define VMM_ATTACK_HPP

#include <host/hostile/hostile.hpp>

#include "control.hpp"
#include "host_link.hpp"

namespace vmm {

// Of --hostile: "SEED[,rate=N]". Throws Error.
host::HostileOptions parse_attack(const std::string& text);

// hostile-start, hostile-stop, hostile-status. host() is the guest's at the time; null: there is none.
void add_attack_commands(Control& control, std::function<HostLink*()> host);

} // namespace vmm

#endif
