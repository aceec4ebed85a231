// SPDX-License-Identifier: GPL-2.0-only
// MODE SENSE(6) and (10): headers, block descriptor, and the pages of a unit.
#ifndef HOST_STORAGE_MODE_PAGES_HPP
#define HOST_STORAGE_MODE_PAGES_HPP

#include "scsi_command.hpp"

namespace host {

struct ModePage {
    uint8_t code;
    std::vector<unsigned char> bytes; // behind code and length
};

// device_flags: the device-specific byte of the header. blocks 0: no block descriptor.
// Nothing of the pages can be changed, and nothing is saved.
void answer_mode_sense(ScsiCommand& command, bool ten, uint8_t device_flags, uint64_t blocks, uint32_t block_bytes,
                       const std::vector<ModePage>& pages);

} // namespace host

#endif
