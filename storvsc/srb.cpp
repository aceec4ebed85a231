// SPDX-License-Identifier: GPL-2.0-only
#include "srb.hpp"

namespace storvsc_core {

using hyperv::ScsiOpcode;
using hyperv::SrbStatus;

namespace {

const uint8_t kSetWindow = 0x24;
const uint8_t kAtaPassThrough16 = 0x85;
const uint8_t kAtaPassThrough12 = 0xA1;

// A sense buffer as far as the rules below look into it.
struct Sense {
    bool valid;
    uint8_t asc;
    uint8_t ascq;
};

bool is_absent(SrbStatus status) {
    return status == SrbStatus::InvalidLun || status == SrbStatus::NoDevice || status == SrbStatus::InvalidPath ||
           status == SrbStatus::InvalidTarget || status == SrbStatus::SelectionTimeout;
}

// Hosts fail these for pages that they do not know, and guests give up the unit.
bool never_fails(uint8_t opcode) {
    return opcode == static_cast<uint8_t>(ScsiOpcode::Inquiry) ||
           opcode == static_cast<uint8_t>(ScsiOpcode::ModeSense6) ||
           opcode == static_cast<uint8_t>(ScsiOpcode::ModeSense10);
}

Sense read_sense(const hyperv::Srb& srb, uint32_t bytes) {
    Sense sense = {};
    hyperv::FixedSense fixed;
    if (bytes < __builtin_offsetof(hyperv::FixedSense, ascq) + 1)
        return sense;
    __builtin_memcpy(&fixed, srb.cdb_or_sense, sizeof fixed);
    sense.valid = (fixed.response_code & 0x7E) == hyperv::kSenseFixed;
    sense.asc = fixed.asc;
    sense.ascq = fixed.ascq;
    return sense;
}

// A change of which the host tells by failing a command that it did not execute.
// A media change (3F/03) and a changed list of units (3F/0E) are the mid-layer's to handle.
bool unit_changed(const Sense& sense) {
    if (!sense.valid)
        return false;
    if (sense.asc == hyperv::kAscCapacityChanged >> 8)
        return sense.ascq == (hyperv::kAscCapacityChanged & 0xFF);
    return sense.asc == hyperv::kAscInquiryDataChanged >> 8 &&
           sense.ascq != (hyperv::kAscInquiryDataChanged & 0xFF) &&
           sense.ascq != (hyperv::kAscReportedLunsChanged & 0xFF);
}

storvsc_outcome outcome_without_sense(uint8_t opcode) {
    switch (opcode) {
    case kAtaPassThrough12:
    case kAtaPassThrough16:
        return STORVSC_PASSED;
    case static_cast<uint8_t>(ScsiOpcode::TestUnitReady):
        return STORVSC_DONE; // an empty drive, on some hosts
    default:
        return STORVSC_FAILED;
    }
}

void judge_failure(SrbStatus status, const hyperv::Srb& srb, uint8_t opcode, storvsc_verdict* verdict) {
    switch (status) {
    case SrbStatus::Error:
    case SrbStatus::Aborted:
    case SrbStatus::InvalidRequest:
    case SrbStatus::Timeout:
    case SrbStatus::SelectionTimeout:
    case SrbStatus::BusReset:
    case SrbStatus::DataOverrun:
    case SrbStatus::InternalError:
        if ((srb.srb_status & hyperv::kSrbSenseValid) == 0) {
            verdict->outcome = outcome_without_sense(opcode);
        } else if (unit_changed(read_sense(srb, verdict->sense_bytes))) {
            verdict->outcome = STORVSC_REQUEUE;
            verdict->action = STORVSC_RESCAN_UNIT;
        } else if (verdict->scsi_status == hyperv::kScsiGood) {
            verdict->outcome = STORVSC_FAILED; // sense data that nothing says to look at
        }
        return;
    case SrbStatus::InvalidLun:
        verdict->outcome = STORVSC_NO_CONNECT;
        verdict->action = STORVSC_REMOVE_UNIT;
        return;
    case SrbStatus::NoDevice:
    case SrbStatus::InvalidPath:
    case SrbStatus::InvalidTarget:
        verdict->outcome = STORVSC_NO_CONNECT;
        return;
    case SrbStatus::Busy:
        if (verdict->scsi_status == hyperv::kScsiGood)
            verdict->outcome = STORVSC_BUSY;
        return;
    case SrbStatus::Pending:
    case SrbStatus::Success:
    case SrbStatus::AbortFailed:
    case SrbStatus::CommandTimeout:
    case SrbStatus::MessageRejected:
    case SrbStatus::ParityError:
    case SrbStatus::RequestSenseFailed:
    case SrbStatus::NoAdapter:
    case SrbStatus::BadSrbLength:
    case SrbStatus::RequestFlushed:
        break;
    }
    // Also what no table knows. It must not pass for good.
    if (verdict->scsi_status == hyperv::kScsiGood)
        verdict->outcome = STORVSC_FAILED;
}

} // namespace

bool is_refused_by_old(uint8_t opcode) {
    return opcode == static_cast<uint8_t>(ScsiOpcode::WriteSame10) ||
           opcode == static_cast<uint8_t>(ScsiOpcode::WriteSame16) || opcode == kSetWindow;
}

static_assert(STORVSC_TO_DEVICE == static_cast<int>(hyperv::SrbDirection::ToDevice) &&
                  STORVSC_FROM_DEVICE == static_cast<int>(hyperv::SrbDirection::FromDevice) &&
                  STORVSC_NO_DATA == static_cast<int>(hyperv::SrbDirection::None),
              "the border's values are the wire's");
static_assert(STORVSC_SENSE_LIMIT == hyperv::kSrbSenseBytes && STORVSC_CDB_LIMIT == hyperv::kSrbCdbBytes, "as above");

storvsc_verdict judge_unusual(const storvsc_request& request, const hyperv::StoragePacket& answer, const Format& format) {
    const hyperv::Srb& srb = answer.srb;
    storvsc_verdict verdict = {};
    verdict.outcome = STORVSC_DONE;
    verdict.scsi_status = srb.scsi_status;
    const SrbStatus status = static_cast<SrbStatus>(srb.srb_status & hyperv::kSrbStatusMask);

    const uint32_t done = srb.data_bytes.get();
    const bool counts = status == SrbStatus::Success || status == SrbStatus::DataOverrun;
    verdict.residual = counts && done < request.bytes ? request.bytes - done : counts ? 0 : request.bytes;

    if (never_fails(request.opcode) && !is_absent(status)) {
        verdict.scsi_status = hyperv::kScsiGood;
        return verdict;
    }
    if ((srb.srb_status & hyperv::kSrbSenseValid) != 0 && verdict.scsi_status == hyperv::kScsiCheckCondition) {
        verdict.sense = srb.cdb_or_sense;
        verdict.sense_bytes = srb.sense_bytes < format.sense_bytes ? srb.sense_bytes : format.sense_bytes;
    }
    if (status != SrbStatus::Success)
        judge_failure(status, srb, request.opcode, &verdict);
    return verdict;
}

storvsc_verdict verdict_without_answer(const storvsc_request& request, storvsc_outcome outcome) {
    storvsc_verdict verdict = {};
    verdict.outcome = static_cast<uint8_t>(outcome);
    verdict.residual = request.bytes;
    return verdict;
}

} // namespace storvsc_core
