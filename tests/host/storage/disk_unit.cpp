// SPDX-License-Identifier: GPL-2.0-only
#include "disk_unit.hpp"

namespace host {

using hyperv::ScsiOpcode;
using hyperv::SenseKey;

namespace {

const uint8_t kForceUnitAccess = 0x08; // byte 1 of WRITE(10), (12), (16)

} // namespace

DiskUnit::DiskUnit(std::shared_ptr<StorageBackend> backend, const DiskOptions& options)
    : LogicalUnit(hyperv::kTypeDisk, options.identity), backend_(std::move(backend)), options_(options) {}

bool DiskUnit::touches_medium(const ScsiCommand& command) const {
    switch (command.opcode()) {
    case ScsiOpcode::Read6:
    case ScsiOpcode::Read10:
    case ScsiOpcode::Read12:
    case ScsiOpcode::Read16:
    case ScsiOpcode::Write6:
    case ScsiOpcode::Write10:
    case ScsiOpcode::Write12:
    case ScsiOpcode::Write16:
    case ScsiOpcode::Verify10:
    case ScsiOpcode::Verify12:
    case ScsiOpcode::Verify16:
    case ScsiOpcode::WriteSame10:
    case ScsiOpcode::WriteSame16:
    case ScsiOpcode::Unmap:
    case ScsiOpcode::SynchronizeCache10:
    case ScsiOpcode::SynchronizeCache16: return true;
    default: return false;
    }
}

void DiskUnit::perform(ScsiCommand& command) {
    const uint8_t* const cdb = command.cdb;
    switch (command.opcode()) {
    case ScsiOpcode::Read10: return read(command, {command.cdb32(2), command.cdb16(7)});
    case ScsiOpcode::Write10: return write(command, {command.cdb32(2), command.cdb16(7)});
    case ScsiOpcode::Read16: return read(command, {command.cdb64(2), command.cdb32(10)});
    case ScsiOpcode::Write16: return write(command, {command.cdb64(2), command.cdb32(10)});
    case ScsiOpcode::Read12: return read(command, {command.cdb32(2), command.cdb32(6)});
    case ScsiOpcode::Write12: return write(command, {command.cdb32(2), command.cdb32(6)});
    case ScsiOpcode::Read6:
    case ScsiOpcode::Write6: {
        const uint32_t block = (cdb[1] & 0x1Fu) << 16 | uint32_t{cdb[2]} << 8 | cdb[3];
        const Extent extent = {block, cdb[4] ? cdb[4] : 256u};
        return command.opcode() == ScsiOpcode::Read6 ? read(command, extent) : write(command, extent);
    }
    case ScsiOpcode::Verify10: return verify(command, {command.cdb32(2), command.cdb16(7)});
    case ScsiOpcode::Verify12: return verify(command, {command.cdb32(2), command.cdb32(6)});
    case ScsiOpcode::Verify16: return verify(command, {command.cdb64(2), command.cdb32(10)});
    case ScsiOpcode::WriteSame10: return write_same(command, {command.cdb32(2), command.cdb16(7)});
    case ScsiOpcode::WriteSame16: return write_same(command, {command.cdb64(2), command.cdb32(10)});
    case ScsiOpcode::Unmap: return unmap(command);
    case ScsiOpcode::SynchronizeCache10: return flush(command, {command.cdb32(2), command.cdb16(7)});
    case ScsiOpcode::SynchronizeCache16: return flush(command, {command.cdb64(2), command.cdb32(10)});
    case ScsiOpcode::ReadCapacity10: return read_capacity10(command);
    case ScsiOpcode::ServiceActionIn16:
        if ((cdb[1] & 0x1F) == hyperv::kReadCapacity16) return read_capacity16(command);
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    case ScsiOpcode::ModeSense6: return mode_sense(command, false);
    case ScsiOpcode::ModeSense10: return mode_sense(command, true);
    case ScsiOpcode::TestUnitReady:
    case ScsiOpcode::StartStopUnit: return; // always ready, and there is nothing to spin
    default: return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidOpcode);
    }
}

bool DiskUnit::in_range(const Extent& extent) const {
    const uint64_t end = blocks();
    return extent.block <= end && extent.count <= end - extent.block;
}

bool DiskUnit::check(ScsiCommand& command, const Extent& extent, uint16_t bad_asc) {
    if (!in_range(extent)) {
        command.fail(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange);
        return false;
    }
    const uint64_t bad = behaviour.first_bad(extent.block, extent.count);
    if (bad == extent.block + extent.count) return true;
    command.fail_at(SenseKey::MediumError, bad_asc, bad);
    return false;
}

void DiskUnit::read(ScsiCommand& command, const Extent& extent) {
    if (!check(command, extent, hyperv::kAscReadError)) return;
    const size_t bytes = extent.count * options_.block_bytes;
    if (bytes == 0) return;
    if (!command.takes(bytes)) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    command.data.slice(0, bytes, command.pieces);
    if (!backend_->read(extent.block * options_.block_bytes, command.pieces))
        return command.fail_at(SenseKey::MediumError, hyperv::kAscReadError, extent.block);
    command.transferred = bytes;
}

void DiskUnit::write(ScsiCommand& command, const Extent& extent) {
    if (read_only()) return command.fail(SenseKey::DataProtect, hyperv::kAscWriteProtected);
    if (!check(command, extent, hyperv::kAscWriteError)) return;
    const size_t bytes = extent.count * options_.block_bytes;
    if (bytes == 0) return;
    if (!command.gives(bytes)) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    command.data.slice(0, bytes, command.pieces);
    if (!backend_->write(extent.block * options_.block_bytes, command.pieces))
        return command.fail_at(SenseKey::MediumError, hyperv::kAscWriteError, extent.block);
    command.transferred = bytes;
    const bool force = command.opcode() != ScsiOpcode::Write6 && (command.cdb[1] & kForceUnitAccess);
    if (force && !backend_->flush()) command.fail(SenseKey::MediumError, hyperv::kAscWriteError);
}

void DiskUnit::flush(ScsiCommand& command, const Extent& extent) {
    if (!in_range(extent)) return command.fail(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange);
    if (!backend_->flush()) command.fail(SenseKey::MediumError, hyperv::kAscWriteError);
}

bool DiskUnit::resize(uint64_t bytes) {
    if (bytes < options_.block_bytes || !backend_->resize(bytes)) return false;
    raise(hyperv::kAscCapacityChanged);
    return true;
}

} // namespace host
