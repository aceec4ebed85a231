// SPDX-License-Identifier: GPL-2.0-only
// What a disk says of itself: capacity, vital product data, mode pages.
#include "disk_unit.hpp"
#include "mode_pages.hpp"

namespace host {

using hyperv::SenseKey;
using hyperv::VitalPage;

namespace {

const uint16_t kThin = 0xC000; // provisioned thinly, unmapped blocks read as zeros
const uint8_t kModeWriteProtected = 0x80, kModeForceUnitAccess = 0x10;

template <typename T>
std::vector<unsigned char> page_bytes(const T& page) {
    const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&page);
    return std::vector<unsigned char>(bytes, bytes + sizeof page);
}

} // namespace

std::vector<uint8_t> DiskUnit::vital_pages() const { return {0xB0, 0xB1, 0xB2}; }

std::vector<unsigned char> DiskUnit::vital_page(uint8_t page) const {
    switch (static_cast<VitalPage>(page)) {
    case VitalPage::BlockLimits: {
        hyperv::BlockLimitsPage limits = {};
        const uint32_t granularity = options_.physical_bytes / options_.block_bytes;
        limits.write_same_nonzero = 1;
        limits.transfer_granularity.set(static_cast<uint16_t>(granularity));
        limits.max_unmap_blocks.set(kMaxUnmapBlocks);
        limits.max_unmap_descriptors.set(kMaxUnmapDescriptors);
        limits.unmap_granularity.set(granularity);
        limits.unmap_alignment.set(0x80000000);
        limits.max_write_same.set(kMaxWriteSameBlocks);
        return page_bytes(limits);
    }
    case VitalPage::BlockCharacteristics: {
        hyperv::BlockCharacteristicsPage characteristics = {};
        characteristics.rotation_rate.set(1);
        return page_bytes(characteristics);
    }
    case VitalPage::Provisioning: {
        hyperv::ProvisioningPage provisioning = {};
        provisioning.flags = hyperv::kProvisioningUnmap | hyperv::kProvisioningWriteSame16 |
                             hyperv::kProvisioningWriteSame10 | hyperv::kProvisioningReadsZeros;
        provisioning.type = 2;
        return page_bytes(provisioning);
    }
    default: return {};
    }
}

void DiskUnit::read_capacity10(ScsiCommand& command) {
    hyperv::Capacity10 capacity = {};
    const uint64_t last = blocks() - 1;
    capacity.last_block.set(last > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(last));
    capacity.block_bytes.set(options_.block_bytes);
    command.reply(&capacity, sizeof capacity, sizeof capacity);
}

void DiskUnit::read_capacity16(ScsiCommand& command) {
    hyperv::Capacity16 capacity = {};
    capacity.last_block.set(blocks() - 1);
    capacity.block_bytes.set(options_.block_bytes);
    while (options_.block_bytes << capacity.physical_exponent < options_.physical_bytes) capacity.physical_exponent++;
    capacity.provisioning.set(kThin);
    command.reply(&capacity, sizeof capacity, command.cdb32(10));
}

void DiskUnit::mode_sense(ScsiCommand& command, bool ten) {
    static const std::vector<ModePage> pages = {
        {0x01, {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0}},                         // error recovery: writes are reallocated
        {0x08, {0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, // caching: there is a write cache
        {0x0A, {0x00, 0x10, 0, 0, 0, 0, 0, 0, 0, 0}},                      // control: commands may be reordered
        {0x1C, {0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0}},                         // informational exceptions: none
    };
    const uint8_t flags = static_cast<uint8_t>(kModeForceUnitAccess | (read_only() ? kModeWriteProtected : 0));
    answer_mode_sense(command, ten, flags, blocks(), options_.block_bytes, pages);
}

} // namespace host
