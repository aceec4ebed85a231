// SPDX-License-Identifier: GPL-2.0-only
// SCSI request blocks: what a command looks like to the host, and what its answer means
// (protocol.md 5.3, 5.6). Any context. What each command takes is inlined.
#ifndef STORVSC_SRB_HPP
#define STORVSC_SRB_HPP

#include <hyperv/scsi.h>
#include <lis/shared.hpp>

#include "format.hpp"
#include "storvsc_core.h"

namespace storvsc_core {

// Whether hosts of this version choke on the command (protocol.md 5.9).
bool is_refused_by_old(uint8_t opcode);
inline bool is_refused(uint32_t version, uint8_t opcode) {
    return __builtin_expect(version <= hyperv::kStorageVersion5_1, 0) && is_refused_by_old(opcode);
}

// The command as a packet of format.packet_bytes, to shared memory.
void write_srb(const storvsc_command& command, const Format& format, unsigned char* at);

// The fewest bytes of an answer that say something: an SRB of the old format. Hosts are
// known to send less and more than the packet of their version.
const uint32_t kAnswerBytes = hyperv::kStorageOldPacketBytes;

// answer: kAnswerBytes or more are the host's, in private memory that lives as long as
// the verdict.
storvsc_verdict judge(const storvsc_request& request, const hyperv::StoragePacket& answer, const Format& format);
storvsc_verdict judge_unusual(const storvsc_request& request, const hyperv::StoragePacket& answer, const Format& format);

// For an answer that is none.
storvsc_verdict verdict_without_answer(const storvsc_request& request, storvsc_outcome outcome);

// ---- the same as each command needs it ----

const uint32_t kTimeoutSeconds = 60; // hosts take it as advice
const uint8_t kUntagged = 0xFF;
const uint8_t kSimpleQueue = 0x20;

// The bytes of a CDB from the ninth on that are its own, by its length.
const uint64_t kSecondHalf[STORVSC_CDB_LIMIT + 1] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
    0xFFFFFFFFFFFFFFFF};
const uint32_t kDirectionFlags[] = {hyperv::kSrbDisableSynchTransfer | hyperv::kSrbDataOut,
                                    hyperv::kSrbDisableSynchTransfer | hyperv::kSrbDataIn,
                                    hyperv::kSrbDisableSynchTransfer}; // by enum storvsc_direction

// Words of a hyperv::StoragePacket; which field is where is in hyperv/storvsc.h.
LIS_ALWAYS_INLINE void write_srb(const storvsc_command& command, const Format& format, unsigned char* at) {
    uint64_t low, high; // the CDB and zeros
    __builtin_memcpy(&low, command.cdb, sizeof low);
    __builtin_memcpy(&high, command.cdb + sizeof low, sizeof high);
    const uint32_t cdb_bytes = command.cdb_bytes;
    high &= kSecondHalf[cdb_bytes];
    if (__builtin_expect(cdb_bytes < 8, 0))
        low &= (uint64_t(1) << 8 * cdb_bytes) - 1;

    lis::copy_word_out(at, static_cast<uint32_t>(hyperv::StorageOperation::ExecuteSrb) |
                               uint64_t(hyperv::kStorageCompletionRequested) << 32);
    lis::copy_word_out(at + 8, uint64_t(format.srb_bytes) << 32);
    lis::copy_word_out(at + 16, uint64_t(command.address) << 8 | uint64_t(cdb_bytes) << 32 |
                                    uint64_t(format.sense_bytes) << 40 | uint64_t(command.direction) << 48);
    lis::copy_word_out(at + 24, command.data_bytes | low << 32);
    lis::copy_word_out(at + 32, low >> 32 | high << 32);
    lis::copy_word_out(at + 40, high >> 32);
    if (__builtin_expect(is_old(format), 0))
        return;
    uint32_t flags = kDirectionFlags[command.direction];
    if (command.tagged != 0)
        flags |= hyperv::kSrbQueueActionEnable | hyperv::kSrbNoQueueFreeze;
    lis::copy_word_out(at + 48, uint64_t(kUntagged) << 16 | uint64_t(kSimpleQueue) << 24 | uint64_t(flags) << 32);
    lis::copy_word_out(at + 56, kTimeoutSeconds);
}

LIS_ALWAYS_INLINE storvsc_verdict judge(const storvsc_request& request, const hyperv::StoragePacket& answer,
                                        const Format& format) {
    const hyperv::Srb& srb = answer.srb;
    const bool good = (srb.srb_status & hyperv::kSrbStatusMask) == static_cast<uint8_t>(hyperv::SrbStatus::Success) &&
                      srb.scsi_status == hyperv::kScsiGood;
    if (__builtin_expect(!good, 0))
        return judge_unusual(request, answer, format);
    const uint32_t done = srb.data_bytes.get();
    const storvsc_verdict verdict LIS_UNINITIALIZED = {STORVSC_DONE, hyperv::kScsiGood, STORVSC_NO_ACTION, 0,
                                     done < request.bytes ? request.bytes - done : 0, nullptr};
    return verdict;
}

} // namespace storvsc_core

#endif
