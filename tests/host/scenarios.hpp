// SPDX-License-Identifier: GPL-2.0-only
// What happens to a guest's bus from outside: by name, each with the place where a real
// host's behaviour is documented, or "assumed".
#ifndef HOST_SCENARIOS_HPP
#define HOST_SCENARIOS_HPP

#include "bus.hpp"

namespace host {

struct Scenario {
    const char* name;
    const char* source; // "documented in ..." or "assumed ..."
    const char* what;
    // Begins it; what comes later comes by platform.after(). The bus outlives that.
    void (*run)(Bus& bus, Platform& platform);
};

const std::vector<Scenario>& scenarios();
// Null: no such scenario.
const Scenario* find_scenario(const std::string& name);

const uint64_t kPauseNs = 30000000000;          // of "pause"
const uint64_t kSilenceNs = 150000000000;       // of "silence": longer than a guest waits for an answer
const uint64_t kMigrationStopNs = 2000000000;   // of "live-migration"

} // namespace host

#endif
