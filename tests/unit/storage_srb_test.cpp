// SPDX-License-Identifier: GPL-2.0-only
// What the host's answer to a command means (protocol.md 5.6), rule by rule.
#include "storvsc/srb.hpp"

#include <hyperv/scsi.h>

#include <cstring>
#include <gtest/gtest.h>

// The toolkit tests have no shim; these functions of the core need none.
using hyperv::ScsiOpcode;
using hyperv::SrbStatus;
using storvsc_core::format_of;
using storvsc_core::judge;

namespace {

const uint16_t kNewest = hyperv::kStorageVersion6_2;

struct Answer {
    uint8_t opcode = static_cast<uint8_t>(ScsiOpcode::Read10);
    uint32_t asked = 4096;
    uint32_t done = 4096;
    uint8_t srb_status = 1;
    uint8_t scsi_status = 0;
    uint8_t sense_bytes = 0;
    uint16_t asc = 0;
    uint8_t response_code = 0x70;
};

hyperv::StoragePacket last; // a verdict points into it

storvsc_verdict verdict_of(const Answer& answer, uint16_t version = kNewest) {
    memset(&last, 0, sizeof last);
    storvsc_request request = {};
    request.bytes = answer.asked;
    request.opcode = answer.opcode;
    last.srb.srb_status = answer.srb_status;
    last.srb.scsi_status = answer.scsi_status;
    last.srb.data_bytes.set(answer.done);
    last.srb.sense_bytes = answer.sense_bytes;
    hyperv::FixedSense sense = {};
    sense.response_code = answer.response_code;
    sense.asc = static_cast<uint8_t>(answer.asc >> 8);
    sense.ascq = static_cast<uint8_t>(answer.asc);
    memcpy(last.srb.cdb_or_sense, &sense, sizeof sense);
    return judge(request, last, format_of(version));
}

Answer with_sense(SrbStatus status, uint16_t asc, uint8_t bytes = 18) {
    Answer answer;
    answer.srb_status = static_cast<uint8_t>(status) | hyperv::kSrbSenseValid;
    answer.scsi_status = hyperv::kScsiCheckCondition;
    answer.sense_bytes = bytes;
    answer.asc = asc;
    answer.done = 0;
    return answer;
}

Answer without_sense(uint8_t status, uint8_t opcode = static_cast<uint8_t>(ScsiOpcode::Read10)) {
    Answer answer;
    answer.srb_status = status;
    answer.opcode = opcode;
    answer.done = 0;
    return answer;
}

} // namespace

TEST(Srb, SuccessIsDone) {
    const storvsc_verdict verdict = verdict_of({});
    EXPECT_EQ(verdict.outcome, uint32_t{STORVSC_DONE});
    EXPECT_EQ(verdict.action, uint32_t{STORVSC_NO_ACTION});
    EXPECT_EQ(verdict.residual, 0u);
    EXPECT_EQ(verdict.sense_bytes, 0);
}

TEST(Srb, ResidualIsWhatWasNotTransferredAndNeverMoreThanAsked) {
    Answer answer;
    answer.done = 1000;
    EXPECT_EQ(verdict_of(answer).residual, 3096u);
    answer.done = 0xFFFFFFFF;
    EXPECT_EQ(verdict_of(answer).residual, 0u);
    answer.srb_status = static_cast<uint8_t>(SrbStatus::DataOverrun);
    answer.done = 96;
    EXPECT_EQ(verdict_of(answer).residual, 4000u);
    answer.srb_status = static_cast<uint8_t>(SrbStatus::Error);
    EXPECT_EQ(verdict_of(answer).residual, 4096u) << "a failure transfers nothing";
}

TEST(Srb, NoStatusButSuccessIsEverGood) {
    for (unsigned status = 0; status < 256; status++) {
        const storvsc_verdict verdict = verdict_of(without_sense(static_cast<uint8_t>(status)));
        if ((status & hyperv::kSrbStatusMask) == 1) EXPECT_EQ(verdict.outcome, uint32_t{STORVSC_DONE}) << status;
        else EXPECT_NE(verdict.outcome, uint32_t{STORVSC_DONE}) << status;
    }
}

TEST(Srb, ScsiStatusIsPassedOn) {
    Answer answer;
    answer.scsi_status = hyperv::kScsiBusy;
    EXPECT_EQ(verdict_of(answer).outcome, uint32_t{STORVSC_DONE});
    EXPECT_EQ(verdict_of(answer).scsi_status, hyperv::kScsiBusy);
    answer.srb_status = static_cast<uint8_t>(SrbStatus::Busy);
    EXPECT_EQ(verdict_of(answer).outcome, uint32_t{STORVSC_DONE}) << "the mid-layer knows BUSY";
}

TEST(Srb, BusyWithoutScsiStatusIsTriedAgain) {
    EXPECT_EQ(verdict_of(without_sense(5)).outcome, uint32_t{STORVSC_BUSY});
}

TEST(Srb, SenseIsAtMostWhatThePacketHas) {
    for (const unsigned bytes : {0u, 1u, 17u, 18u, 19u, 20u, 21u, 96u, 255u}) {
        const Answer answer = with_sense(SrbStatus::Error, hyperv::kAscReadError, static_cast<uint8_t>(bytes));
        EXPECT_EQ(verdict_of(answer).sense_bytes, std::min(bytes, 20u));
        EXPECT_EQ(verdict_of(answer, hyperv::kStorageVersion4_2).sense_bytes, std::min(bytes, 18u));
        EXPECT_EQ(verdict_of(answer).sense, last.srb.cdb_or_sense);
        EXPECT_EQ(verdict_of(answer).outcome, uint32_t{STORVSC_DONE});
    }
}

TEST(Srb, SenseThatIsNotSaidToBeValidIsNotLookedAt) {
    Answer answer = with_sense(SrbStatus::Error, hyperv::kAscCapacityChanged);
    answer.srb_status = static_cast<uint8_t>(SrbStatus::Error);
    EXPECT_EQ(verdict_of(answer).sense_bytes, 0);
    EXPECT_EQ(verdict_of(answer).outcome, uint32_t{STORVSC_FAILED});
    answer = with_sense(SrbStatus::Error, hyperv::kAscCapacityChanged);
    answer.scsi_status = hyperv::kScsiGood;
    EXPECT_EQ(verdict_of(answer).sense_bytes, 0);
    EXPECT_EQ(verdict_of(answer).outcome, uint32_t{STORVSC_FAILED});
}

TEST(Srb, ChangedUnitsAreRescannedAndTheCommandSentAgain) {
    for (const SrbStatus status : {SrbStatus::Error, SrbStatus::Aborted, SrbStatus::InternalError, SrbStatus::BusReset}) {
        for (const uint16_t asc : {uint16_t{0x2A09}, uint16_t{0x3F01}, uint16_t{0x3F10}}) {
            const storvsc_verdict verdict = verdict_of(with_sense(status, asc));
            EXPECT_EQ(verdict.outcome, uint32_t{STORVSC_REQUEUE}) << asc;
            EXPECT_EQ(verdict.action, uint32_t{STORVSC_RESCAN_UNIT}) << asc;
        }
        for (const uint16_t asc : {uint16_t{0x3F03}, uint16_t{0x3F0E}, uint16_t{0x2A01}, uint16_t{0x1100}}) {
            const storvsc_verdict verdict = verdict_of(with_sense(status, asc));
            EXPECT_EQ(verdict.outcome, uint32_t{STORVSC_DONE}) << asc;
            EXPECT_EQ(verdict.action, uint32_t{STORVSC_NO_ACTION}) << asc;
        }
    }
}

TEST(Srb, SenseTooShortForACodeMeansNoRescan) {
    for (uint8_t bytes = 0; bytes < 14; bytes++)
        EXPECT_EQ(verdict_of(with_sense(SrbStatus::Error, 0x2A09, bytes)).action, uint32_t{STORVSC_NO_ACTION}) << int{bytes};
    EXPECT_EQ(verdict_of(with_sense(SrbStatus::Error, 0x2A09, 14)).action, uint32_t{STORVSC_RESCAN_UNIT});
    Answer descriptor = with_sense(SrbStatus::Error, 0x2A09);
    descriptor.response_code = 0x72;
    EXPECT_EQ(verdict_of(descriptor).action, uint32_t{STORVSC_NO_ACTION}) << "other formats have other places";
}

TEST(Srb, AbsentUnits) {
    const storvsc_verdict lun = verdict_of(without_sense(0x20));
    EXPECT_EQ(lun.outcome, uint32_t{STORVSC_NO_CONNECT});
    EXPECT_EQ(lun.action, uint32_t{STORVSC_REMOVE_UNIT});
    for (const uint8_t status : {0x07, 0x08, 0x21}) {
        const storvsc_verdict verdict = verdict_of(without_sense(status));
        EXPECT_EQ(verdict.outcome, uint32_t{STORVSC_NO_CONNECT});
        EXPECT_EQ(verdict.action, uint32_t{STORVSC_NO_ACTION});
    }
}

TEST(Srb, CommandsThatHostsFailForPagesTheyDoNotKnow) {
    for (const ScsiOpcode opcode : {ScsiOpcode::Inquiry, ScsiOpcode::ModeSense6, ScsiOpcode::ModeSense10}) {
        const uint8_t code = static_cast<uint8_t>(opcode);
        for (const uint8_t status : {4, 6, 9, 0x12, 0x30}) {
            EXPECT_EQ(verdict_of(without_sense(status, code)).outcome, uint32_t{STORVSC_DONE}) << int{code};
            EXPECT_EQ(verdict_of(without_sense(status, code)).scsi_status, hyperv::kScsiGood);
        }
        for (const uint8_t absent : {0x07, 0x08, 0x0A, 0x20, 0x21})
            EXPECT_NE(verdict_of(without_sense(absent, code)).outcome, uint32_t{STORVSC_DONE}) << "no ghosts in a scan";
    }
}

TEST(Srb, FailuresWithoutSense) {
    EXPECT_EQ(verdict_of(without_sense(4)).outcome, uint32_t{STORVSC_FAILED});
    EXPECT_EQ(verdict_of(without_sense(4, 0xA1)).outcome, uint32_t{STORVSC_PASSED});
    EXPECT_EQ(verdict_of(without_sense(4, 0x85)).outcome, uint32_t{STORVSC_PASSED});
    EXPECT_EQ(verdict_of(without_sense(4, 0x00)).outcome, uint32_t{STORVSC_DONE}) << "TEST UNIT READY of an empty drive";
}

TEST(Srb, OldHostsRefuseWriteSameAndSetWindow) {
    for (const uint8_t opcode : {0x41, 0x93, 0x24}) {
        EXPECT_TRUE(storvsc_core::is_refused(hyperv::kStorageVersion5_1, opcode));
        EXPECT_TRUE(storvsc_core::is_refused(hyperv::kStorageVersion2_0, opcode));
        EXPECT_FALSE(storvsc_core::is_refused(hyperv::kStorageVersion6_0, opcode));
    }
    EXPECT_FALSE(storvsc_core::is_refused(hyperv::kStorageVersion5_1, 0x28));
}

TEST(Srb, RequestIsWrittenAsTheVersionWantsIt) {
    uint8_t cdb[STORVSC_CDB_LIMIT] = {0x2A, 0, 0, 0, 1, 2, 0, 0, 8, 0, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE};
    storvsc_command command = {};
    command.cdb = cdb;
    command.cdb_bytes = 10;
    command.address = STORVSC_ADDRESS(1, 2, 0x1FE);
    command.direction = STORVSC_TO_DEVICE;
    command.tagged = 1;
    command.data_bytes = 0x81234567;
    for (const uint16_t version : {hyperv::kStorageVersion4_2, hyperv::kStorageVersion6_2}) {
        hyperv::StoragePacket packet;
        memset(&packet, 0x99, sizeof packet);
        storvsc_core::write_srb(command, format_of(version), reinterpret_cast<unsigned char*>(&packet));
        const bool old = version < hyperv::kStorageVersion5_1;
        EXPECT_EQ(format_of(version).packet_bytes, old ? 48u : 64u);
        hyperv::StoragePacket wanted;
        memset(&wanted, 0, sizeof wanted);
        wanted.operation.set(3);
        wanted.flags.set(1);
        wanted.srb.length.set(old ? 36 : 52);
        wanted.srb.path = 1;
        wanted.srb.target = 2;
        wanted.srb.lun = 0xFE;
        wanted.srb.cdb_bytes = 10;
        wanted.srb.sense_bytes = old ? 18 : 20;
        wanted.srb.direction = 0;
        wanted.srb.data_bytes.set(0x81234567);
        memcpy(wanted.srb.cdb_or_sense, cdb, 10);
        wanted.srb.queue_tag = 0xFF;
        wanted.srb.queue_action = 0x20;
        wanted.srb.flags.set(0x10A + 0x80);
        wanted.srb.timeout_seconds.set(60);
        EXPECT_EQ(memcmp(&packet, &wanted, old ? 48 : 64), 0);
        EXPECT_EQ(reinterpret_cast<unsigned char*>(&packet)[48], old ? 0x99 : 0) << "nothing behind the packet";
    }
}

TEST(Srb, NothingBehindTheCdbIsSent) {
    uint8_t cdb[STORVSC_CDB_LIMIT];
    for (uint8_t i = 0; i < sizeof cdb; i++) cdb[i] = static_cast<uint8_t>(0xA0 + i);
    for (uint8_t bytes = 0; bytes <= STORVSC_CDB_LIMIT; bytes++) {
        storvsc_command command = {};
        command.cdb = cdb;
        command.cdb_bytes = bytes;
        command.direction = STORVSC_NO_DATA;
        hyperv::StoragePacket packet;
        storvsc_core::write_srb(command, format_of(kNewest), reinterpret_cast<unsigned char*>(&packet));
        for (uint8_t i = 0; i < 20; i++) EXPECT_EQ(packet.srb.cdb_or_sense[i], i < bytes ? cdb[i] : 0) << int{bytes} << ' ' << int{i};
        EXPECT_EQ(packet.srb.flags.get(), 8u);
        EXPECT_EQ(packet.srb.direction, 2);
    }
}
