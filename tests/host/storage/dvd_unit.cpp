// SPDX-License-Identifier: GPL-2.0-only
#include "dvd_unit.hpp"

#include <algorithm>

namespace host {

using hyperv::ScsiOpcode;
using hyperv::SenseKey;

namespace {

const uint8_t kStart = 0x01, kLoadOrEject = 0x02; // START STOP UNIT, byte 4
const uint8_t kEventNewMedium = 2, kEventMediumGone = 3;

} // namespace

DvdUnit::DvdUnit(std::shared_ptr<StorageBackend> medium, const UnitIdentity& identity)
    : LogicalUnit(hyperv::kTypeDvd, identity), medium_(std::move(medium)) {}

bool DvdUnit::touches_medium(const ScsiCommand& command) const {
    return command.opcode() == ScsiOpcode::Read10 || command.opcode() == ScsiOpcode::Read12;
}

void DvdUnit::insert(std::shared_ptr<StorageBackend> medium) {
    medium_ = std::move(medium);
    tray_open_ = false;
    event_ = kEventNewMedium;
    raise(hyperv::kAscMediumMayHaveChanged);
}

void DvdUnit::eject() {
    if (!medium_) return;
    medium_.reset();
    event_ = kEventMediumGone;
}

bool DvdUnit::need_medium(ScsiCommand& command) {
    if (loaded()) return true;
    command.fail(SenseKey::NotReady, hyperv::kAscNoMedium);
    return false;
}

void DvdUnit::perform(ScsiCommand& command) {
    switch (command.opcode()) {
    case ScsiOpcode::Read10: return read(command, command.cdb32(2), command.cdb16(7));
    case ScsiOpcode::Read12: return read(command, command.cdb32(2), command.cdb32(6));
    case ScsiOpcode::ReadCapacity10: return read_capacity(command);
    case ScsiOpcode::ReadToc: return read_toc(command);
    case ScsiOpcode::ReadDiscInformation: return read_disc_information(command);
    case ScsiOpcode::GetConfiguration: return get_configuration(command);
    case ScsiOpcode::GetEventStatus: return get_event_status(command);
    case ScsiOpcode::ModeSense6: return mode_sense(command, false);
    case ScsiOpcode::ModeSense10: return mode_sense(command, true);
    case ScsiOpcode::StartStopUnit: return start_stop(command);
    case ScsiOpcode::TestUnitReady: need_medium(command); return;
    case ScsiOpcode::PreventAllowMediumRemoval: locked_ = (command.cdb[4] & 1) != 0; return;
    case ScsiOpcode::SynchronizeCache10: return; // nothing was ever written
    default: return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidOpcode);
    }
}

void DvdUnit::read(ScsiCommand& command, uint64_t block, uint64_t count) {
    if (!need_medium(command)) return;
    if (block > blocks() || count > blocks() - block)
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange);
    const uint64_t bad = behaviour.first_bad(block, count);
    if (bad != block + count) return command.fail_at(SenseKey::MediumError, hyperv::kAscReadError, bad);
    const size_t bytes = count * kDvdBlockBytes;
    if (bytes == 0) return;
    if (!command.takes(bytes)) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    command.data.slice(0, bytes, command.pieces);
    if (!medium_->read(block * kDvdBlockBytes, command.pieces))
        return command.fail_at(SenseKey::MediumError, hyperv::kAscReadError, block);
    command.transferred = bytes;
}

void DvdUnit::read_capacity(ScsiCommand& command) {
    if (!need_medium(command)) return;
    hyperv::Capacity10 capacity = {};
    capacity.last_block.set(static_cast<uint32_t>(std::min<uint64_t>(blocks() ? blocks() - 1 : 0, UINT32_MAX)));
    capacity.block_bytes.set(kDvdBlockBytes);
    command.reply(&capacity, sizeof capacity, sizeof capacity);
}

void DvdUnit::start_stop(ScsiCommand& command) {
    const uint8_t how = command.cdb[4];
    if (!(how & kLoadOrEject)) return;
    const bool open = !(how & kStart);
    if (open && locked_) return command.fail(SenseKey::IllegalRequest, hyperv::kAscRemovalPrevented);
    if (tray_open_.exchange(open) == open || !medium_) return;
    event_ = open ? kEventMediumGone : kEventNewMedium;
    if (!open) raise(hyperv::kAscMediumMayHaveChanged);
}

void DvdUnit::get_event_status(ScsiCommand& command) {
    const uint8_t kPolled = 0x01, kMediaClass = 4, kMediaClassBit = 1 << kMediaClass, kNoEventAvailable = 0x80;
    if (!(command.cdb[1] & kPolled)) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    unsigned char answer[8] = {0, 0, 0, kMediaClassBit};
    if (!(command.cdb[4] & kMediaClassBit)) {
        answer[1] = 2;
        answer[2] = kNoEventAvailable;
        return command.reply(answer, 4, command.cdb16(7));
    }
    answer[1] = 6;
    answer[2] = kMediaClass;
    answer[4] = event_.exchange(0);
    answer[5] = static_cast<unsigned char>((tray_open_ ? 1 : 0) | (loaded() ? 2 : 0));
    command.reply(answer, sizeof answer, command.cdb16(7));
}

} // namespace host
