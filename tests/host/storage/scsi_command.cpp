// SPDX-License-Identifier: GPL-2.0-only
#include "scsi_command.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

template <typename T>
T load_be(const unsigned char* at) {
    lis::Be<T> value;
    memcpy(&value, at, sizeof value);
    return value.get();
}

} // namespace

uint16_t ScsiCommand::cdb16(size_t at) const { return load_be<uint16_t>(cdb + at); }
uint32_t ScsiCommand::cdb32(size_t at) const { return load_be<uint32_t>(cdb + at); }
uint64_t ScsiCommand::cdb64(size_t at) const { return load_be<uint64_t>(cdb + at); }

void ScsiCommand::begin() {
    status = hyperv::kScsiGood;
    transferred = 0;
    has_sense = false;
}

void ScsiCommand::reply(const void* bytes, size_t size, size_t allocation_length) {
    size = std::min(size, allocation_length);
    if (size == 0) return;
    if (direction != hyperv::SrbDirection::FromDevice) {
        fail(hyperv::SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
        return;
    }
    size = std::min(size, data.size());
    data.write(0, bytes, size);
    transferred = size;
}

void ScsiCommand::fail(hyperv::SenseKey key, uint16_t asc) {
    status = hyperv::kScsiCheckCondition;
    has_sense = true;
    sense = make_sense(key, asc);
}

void ScsiCommand::fail_at(hyperv::SenseKey key, uint16_t asc, uint64_t block) {
    fail(key, asc);
    if (block > UINT32_MAX) return; // does not fit: not valid
    sense.response_code |= hyperv::kSenseInformationValid;
    sense.information.set(static_cast<uint32_t>(block));
}

hyperv::FixedSense make_sense(hyperv::SenseKey key, uint16_t asc) {
    hyperv::FixedSense sense = {};
    sense.response_code = hyperv::kSenseFixed;
    sense.key = static_cast<uint8_t>(key);
    sense.additional_bytes = sizeof sense - 8;
    sense.asc = static_cast<uint8_t>(asc >> 8);
    sense.ascq = static_cast<uint8_t>(asc);
    return sense;
}

} // namespace host
