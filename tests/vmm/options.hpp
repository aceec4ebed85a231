// SPDX-License-Identifier: GPL-2.0-only
// The command line. What is wrong with it ends the program with one line and status 2.
#ifndef VMM_OPTIONS_HPP
#define VMM_OPTIONS_HPP

#include <string>
#include <vector>

#include "device_kind.hpp"
#include "machine.hpp"

namespace vmm {

struct Options {
    MachineOptions machine;
    std::vector<std::string> serials; // stdio, none, control, or a file
    std::vector<Json> devices; // arguments of device_add
    std::string control;
    unsigned long reboots = 0;
    unsigned long time_limit = 0; // seconds; 0: none
    bool stay = false;
    std::string hostile; // empty: an honest host
    bool verbose = false;
};

Options parse_options(int argc, char** argv);

} // namespace vmm

#endif
