// SPDX-License-Identifier: GPL-2.0-only
#include <cstdio>

#include "keeper.hpp"

int main(int argc, char** argv) {
    const vmm::Options options = vmm::parse_options(argc, argv);
    vmm::Vcpu::prepare_process();
    try {
        vmm::Keeper keeper(options);
        return keeper.run();
    } catch (const std::exception& error) {
        fprintf(stderr, "vmbus-vmm: %s\n", error.what());
        return 1;
    }
}
