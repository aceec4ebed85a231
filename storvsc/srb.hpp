// SPDX-License-Identifier: GPL-2.0-only
// SCSI request blocks: what a command looks like to the host, and what its answer means
// (protocol.md 5.3, 5.6). Pure functions; any context.
#ifndef STORVSC_SRB_HPP
#define STORVSC_SRB_HPP

#include "format.hpp"
#include "storvsc_core.h"

namespace storvsc_core {

// Whether hosts of this version choke on the command (protocol.md 5.9).
bool is_refused(uint16_t version, uint8_t opcode);

// packet is zero.
void write_srb(const storvsc_command& command, const Format& format, hyperv::StoragePacket* packet);

// The fewest bytes of an answer that say something: an SRB of the old format. Hosts are
// known to send less and more than the packet of their version.
const uint32_t kAnswerBytes = hyperv::kStorageOldPacketBytes;

// answer: kAnswerBytes or more are the host's, in private memory that lives as long as
// the verdict.
storvsc_verdict judge(const storvsc_request& request, const hyperv::StoragePacket& answer, const Format& format);

// For an answer that is none.
storvsc_verdict verdict_without_answer(const storvsc_request& request, storvsc_outcome outcome);

} // namespace storvsc_core

#endif
