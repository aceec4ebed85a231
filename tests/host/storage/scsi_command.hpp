// SPDX-License-Identifier: GPL-2.0-only
// One SCSI command on its way through a logical unit: what the guest asked, the guest's
// memory for its data, and what it gets as an answer.
#ifndef HOST_STORAGE_SCSI_COMMAND_HPP
#define HOST_STORAGE_SCSI_COMMAND_HPP

#include "../gpa_ranges.hpp"

#include <hyperv/scsi.h>
#include <hyperv/storvsc.h>

namespace host {

struct ScsiCommand {
    // ---- asked ----
    unsigned char cdb[hyperv::kSrbCdbBytes] = {};
    hyperv::SrbDirection direction = hyperv::SrbDirection::None;
    GuestBuffer data; // empty: no data phase

    // ---- answered ----
    uint8_t status = hyperv::kScsiGood;
    size_t transferred = 0; // bytes of data
    bool has_sense = false;
    hyperv::FixedSense sense = {};

    std::vector<iovec> pieces; // scratch of whoever moves the data

    hyperv::ScsiOpcode opcode() const { return static_cast<hyperv::ScsiOpcode>(cdb[0]); }
    // Big-endian fields of the CDB.
    uint16_t cdb16(size_t at) const;
    uint32_t cdb32(size_t at) const;
    uint64_t cdb64(size_t at) const;
    // Whether the guest's buffer can give or take that many bytes.
    bool gives(size_t bytes) const { return direction == hyperv::SrbDirection::ToDevice && data.size() >= bytes; }
    bool takes(size_t bytes) const { return direction == hyperv::SrbDirection::FromDevice && data.size() >= bytes; }

    // Forgets the answer.
    void begin();
    // Data for the guest, cut to the allocation length and to its buffer.
    void reply(const void* bytes, size_t size, size_t allocation_length);
    void fail(hyperv::SenseKey key, uint16_t asc);
    // The same with the information field: the block that is bad.
    void fail_at(hyperv::SenseKey key, uint16_t asc, uint64_t block);
};

// Sense data in fixed format.
hyperv::FixedSense make_sense(hyperv::SenseKey key, uint16_t asc);

} // namespace host

#endif
