// SPDX-License-Identifier: GPL-2.0-only
// EXECUTE_SRB: judging the request, executing it, and what becomes of those that wait.
#include "storage_device.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::ScsiOpcode;
using hyperv::SrbDirection;
using hyperv::SrbStatus;
using hyperv::StorageOperation;

namespace {

bool is_read(ScsiOpcode opcode) {
    return opcode == ScsiOpcode::Read10 || opcode == ScsiOpcode::Read16 || opcode == ScsiOpcode::Read12 ||
           opcode == ScsiOpcode::Read6;
}

bool is_write(ScsiOpcode opcode) {
    return opcode == ScsiOpcode::Write10 || opcode == ScsiOpcode::Write16 || opcode == ScsiOpcode::Write12 ||
           opcode == ScsiOpcode::Write6;
}

uint32_t nt_status(SrbStatus status) {
    switch (status) {
    case SrbStatus::Success: return hyperv::kNtSuccess;
    case SrbStatus::InvalidLun: return hyperv::kNtDeviceDoesNotExist;
    case SrbStatus::InvalidRequest:
    case SrbStatus::BadSrbLength: return hyperv::kNtInvalidDeviceRequest;
    case SrbStatus::BusReset: return hyperv::kNtUnsuccessful;
    default: return hyperv::kNtIoDeviceError;
    }
}

} // namespace

ScsiAddress StorageDevice::address(const hyperv::Srb& srb) const {
    // Guests do not know on which IDE channel they are.
    return ScsiAddress{options_.kind == StorageKind::Ide ? options_.ide_path : srb.path, srb.target, srb.lun};
}

SrbStatus StorageDevice::judge(StorageRequest& request, const Packet& packet) {
    const hyperv::Srb& srb = request.packet.srb;
    ScsiCommand& command = request.command;
    command.data.clear();
    const size_t length = srb.length.get();
    if (length != hyperv::kSrbOldBytes && length != sizeof srb) return SrbStatus::BadSrbLength;
    if (packet.payload.size() < hyperv::kStorageHeaderBytes + length) return SrbStatus::BadSrbLength;
    if (srb.cdb_bytes > sizeof command.cdb || srb.cdb_bytes < std::max<uint8_t>(hyperv::scsi_cdb_bytes(srb.cdb_or_sense[0]), 1))
        return SrbStatus::InvalidRequest;
    memcpy(command.cdb, srb.cdb_or_sense, sizeof command.cdb);
    memset(command.cdb + srb.cdb_bytes, 0, sizeof command.cdb - srb.cdb_bytes);
    if (packet.type == kPacketGpaDirect) {
        if (command.data.assign_gpa_direct(platform_, packet.extension) != RangeFault::None) return SrbStatus::InvalidRequest;
        if (command.data.range_count() != 1 || command.data.size() > options_.max_transfer_bytes)
            return SrbStatus::InvalidRequest;
    }
    if (command.data.size() != srb.data_bytes.get()) return SrbStatus::InvalidRequest;
    command.direction = static_cast<SrbDirection>(srb.direction);
    if (command.data.size() != 0 && command.direction != SrbDirection::ToDevice && command.direction != SrbDirection::FromDevice)
        return SrbStatus::InvalidRequest;
    return SrbStatus::Pending;
}

void StorageDevice::execute(StorageSession& session, StorageRequest& request, bool may_hold) {
    const ScsiAddress where = address(request.packet.srb);
    ScsiCommand& command = request.command;
    if (command.opcode() == ScsiOpcode::ReportLuns) {
        units_.report_luns(where, command);
        return finish(session, request, SrbStatus::Success);
    }
    LogicalUnit* const unit = units_.find(where);
    if (!unit) {
        command.begin();
        if (command.opcode() != ScsiOpcode::Inquiry) return finish(session, request, SrbStatus::InvalidLun);
        inquiry_not_present(command);
        return finish(session, request, SrbStatus::Success);
    }
    if (may_hold && hold(session, *unit, request)) return;
    unit->execute(command);
    finish(session, request, SrbStatus::Success);
}

void StorageDevice::finish(StorageSession& session, StorageRequest& request, SrbStatus status) {
    const ScsiCommand& command = request.command;
    hyperv::Srb& srb = request.packet.srb;
    if (status == SrbStatus::Success && command.status != hyperv::kScsiGood) status = SrbStatus::Error;
    srb.srb_status = static_cast<uint8_t>(status);
    srb.scsi_status = command.status;
    srb.data_bytes.set(static_cast<uint32_t>(command.transferred));
    const uint8_t room = std::min<uint8_t>(srb.sense_bytes, sizeof srb.cdb_or_sense);
    srb.sense_bytes = 0;
    if (command.has_sense && !(srb.flags.get() & hyperv::kSrbDisableAutosense)) {
        srb.srb_status |= hyperv::kSrbSenseValid;
        srb.sense_bytes = std::min<uint8_t>(room, sizeof command.sense);
        memset(srb.cdb_or_sense, 0, sizeof srb.cdb_or_sense);
        memcpy(srb.cdb_or_sense, &command.sense, srb.sense_bytes);
    }
    StorageCounts& counts = session.counts;
    counts.requests++;
    if (status != SrbStatus::Success) {
        counts.errors++;
    } else if (is_read(command.opcode())) {
        counts.reads++;
        counts.read_bytes += command.transferred;
    } else if (is_write(command.opcode())) {
        counts.writes++;
        counts.written_bytes += command.transferred;
    }
    session.complete(request, nt_status(status));
}

// ---- requests that wait ----

bool StorageDevice::hold(StorageSession& session, const LogicalUnit& unit, StorageRequest& request) {
    const UnitBehaviour& behaviour = unit.behaviour;
    if (behaviour.delay_ns == 0 && !behaviour.never_answers) return false;
    if (!unit.touches_medium(request.command)) return false;
    const uint64_t id = next_held_++;
    const uint32_t relid = session.channel().relid();
    session.hold(id, request, &unit, behaviour.never_answers);
    if (behaviour.never_answers) return true;
    later(behaviour.delay_ns, [relid, id](StorageDevice& device) {
        if (StorageSession* const session = device.session(relid)) device.resume(*session, id);
    });
    return true;
}

void StorageDevice::resume(StorageSession& session, uint64_t held) {
    StorageRequest request;
    if (session.take_held(held, request)) execute(session, request, false);
}

void StorageDevice::behaviour_changed(const LogicalUnit& unit) {
    if (unit.behaviour.never_answers) return;
    for (const auto& each : sessions_) {
        std::vector<uint64_t> due;
        for (const auto& held : each.second->held())
            if (held.second.unit == &unit && held.second.for_ever) due.push_back(held.first);
        for (const uint64_t id : due) resume(*each.second, id);
    }
}

// Requests that wait for a unit that has gone are answered: there is no such unit.
void StorageDevice::announce_change() {
    for (const auto& unit : units_.units()) unit.second->raise(hyperv::kAscReportedLunsChanged);
    for (const auto& each : sessions_) {
        std::vector<uint64_t> lost;
        for (const auto& held : each.second->held())
            if (units_.find(address(held.second.request.packet.srb)) != held.second.unit) lost.push_back(held.first);
        for (const uint64_t id : lost) resume(*each.second, id);
        const bool tell = each.second->primary() && version_ >= hyperv::kStorageVersion4_2;
        if (tell) each.second->announce_change(multi_channel() ? sizeof(hyperv::StoragePacket) : hyperv::kStorageOldPacketBytes);
    }
}

// What waits comes back before the answer to the reset, as guests expect.
void StorageDevice::finish_reset(uint32_t relid, const StorageRequest& reset) {
    const bool one = reset.packet.operation.get() == static_cast<uint32_t>(StorageOperation::ResetLun);
    const ScsiAddress where = address(reset.packet.srb);
    const auto concerned = [&](const ScsiAddress& each) { return !one || (!(each < where) && !(where < each)); };
    for (const auto& each : sessions_) {
        std::vector<uint64_t> flushed;
        for (const auto& held : each.second->held())
            if (concerned(address(held.second.request.packet.srb))) flushed.push_back(held.first);
        for (const uint64_t id : flushed) {
            StorageRequest request;
            each.second->take_held(id, request);
            request.command.begin();
            finish(*each.second, request, SrbStatus::BusReset);
        }
    }
    for (const auto& unit : units_.units())
        if (concerned(unit.first)) unit.second->raise(hyperv::kAscBusReset);
    if (StorageSession* const asker = session(relid)) asker->complete(reset, hyperv::kNtSuccess);
}

} // namespace host
