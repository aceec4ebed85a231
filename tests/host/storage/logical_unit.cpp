// SPDX-License-Identifier: GPL-2.0-only
#include "logical_unit.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::ScsiOpcode;
using hyperv::SenseKey;
using hyperv::VitalPage;

namespace {

const uint8_t kSpc3 = 5;
const uint8_t kRemovable = 0x80;
const uint8_t kCommandQueuing = 0x02;
const uint8_t kDesignatorBinary = 0x01, kDesignatorAscii = 0x02;
const uint8_t kDesignatorVendor = 0x01, kDesignatorNaa = 0x03;
const uint64_t kNaaLocal = uint64_t{3} << 60;

void put_text(char* to, size_t size, const std::string& text) {
    memset(to, ' ', size);
    memcpy(to, text.data(), std::min(size, text.size()));
}

hyperv::InquiryData inquiry_data(uint8_t type, const UnitIdentity& identity) {
    hyperv::InquiryData data = {};
    data.type = type;
    data.version = kSpc3;
    data.format = 2;
    data.additional_bytes = sizeof data - 5;
    data.flags7 = kCommandQueuing;
    put_text(data.vendor, sizeof data.vendor, identity.vendor);
    put_text(data.product, sizeof data.product, identity.product);
    put_text(data.revision, sizeof data.revision, identity.revision);
    return data;
}

template <typename Bytes>
void append(std::vector<unsigned char>& page, const Bytes& bytes) {
    page.insert(page.end(), std::begin(bytes), std::end(bytes));
}

void append_designator(std::vector<unsigned char>& page, uint8_t coding, uint8_t kind, const std::string& bytes) {
    append(page, std::initializer_list<unsigned char>{coding, kind, 0, static_cast<unsigned char>(bytes.size())});
    append(page, bytes);
}

} // namespace

uint64_t UnitBehaviour::first_bad(uint64_t block, uint64_t count) const {
    const uint64_t end = block + count;
    const uint64_t first = std::max(block, bad_block);
    return first < end && first - bad_block < bad_count ? first : end;
}

void LogicalUnit::execute(ScsiCommand& command) {
    command.begin();
    const ScsiOpcode opcode = command.opcode();
    if (opcode == ScsiOpcode::Inquiry) return inquiry(command);
    if (opcode == ScsiOpcode::RequestSense) return request_sense(command);
    if (attention_.load(std::memory_order_acquire)) {
        if (const uint16_t asc = take_attention()) return command.fail(SenseKey::UnitAttention, asc);
    }
    perform(command);
}

void LogicalUnit::raise(uint16_t asc) {
    const std::lock_guard<std::mutex> guard(lock_);
    if (std::find(attentions_.begin(), attentions_.end(), asc) == attentions_.end()) attentions_.push_back(asc);
    attention_.store(true, std::memory_order_release);
}

void LogicalUnit::forget_attentions() {
    const std::lock_guard<std::mutex> guard(lock_);
    attentions_.clear();
    attention_.store(false, std::memory_order_release);
}

uint16_t LogicalUnit::take_attention() {
    const std::lock_guard<std::mutex> guard(lock_);
    if (attentions_.empty()) return 0; // another channel was quicker
    const uint16_t asc = attentions_.front();
    attentions_.pop_front();
    attention_.store(!attentions_.empty(), std::memory_order_release);
    return asc;
}

std::vector<unsigned char> LogicalUnit::vital_page(uint8_t) const { return {}; }

void LogicalUnit::request_sense(ScsiCommand& command) {
    const uint16_t asc = take_attention();
    const hyperv::FixedSense sense = make_sense(asc ? SenseKey::UnitAttention : SenseKey::NoSense, asc);
    command.reply(&sense, sizeof sense, command.cdb[4]);
}

void LogicalUnit::inquiry(ScsiCommand& command) {
    const uint16_t allocation = command.cdb16(3);
    const uint8_t page = command.cdb[2];
    if (command.cdb[1] & hyperv::kInquiryVital) {
        std::vector<unsigned char> bytes = common_page(page);
        if (bytes.empty()) bytes = vital_page(page);
        if (bytes.empty()) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
        hyperv::VitalPageHeader header = {};
        header.type = type_;
        header.page = page;
        header.bytes.set(static_cast<uint16_t>(bytes.size() - sizeof header));
        memcpy(bytes.data(), &header, sizeof header);
        return command.reply(bytes.data(), bytes.size(), allocation);
    }
    if (page != 0) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    hyperv::InquiryData data = inquiry_data(type_, identity_);
    if (removable()) data.removable = kRemovable;
    command.reply(&data, sizeof data, allocation);
}

// With room for the header, which inquiry() fills in.
std::vector<unsigned char> LogicalUnit::common_page(uint8_t page) const {
    std::vector<unsigned char> bytes(sizeof(hyperv::VitalPageHeader));
    switch (static_cast<VitalPage>(page)) {
    case VitalPage::Supported:
        append(bytes, std::initializer_list<unsigned char>{0x00, 0x80, 0x83});
        append(bytes, vital_pages());
        return bytes;
    case VitalPage::SerialNumber: append(bytes, identity_.serial); return bytes;
    case VitalPage::Identification: {
        lis::Be64 naa;
        naa.set(kNaaLocal | (identity_.name & ~(uint64_t{15} << 60)));
        append_designator(bytes, kDesignatorBinary, kDesignatorNaa,
                          std::string(reinterpret_cast<const char*>(naa.bytes), sizeof naa));
        char vendor[8];
        put_text(vendor, sizeof vendor, identity_.vendor);
        append_designator(bytes, kDesignatorAscii, kDesignatorVendor,
                          std::string(vendor, sizeof vendor) + identity_.serial);
        return bytes;
    }
    default: return {};
    }
}

void inquiry_not_present(ScsiCommand& command) {
    command.begin();
    if ((command.cdb[1] & hyperv::kInquiryVital) || command.cdb[2] != 0)
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    const hyperv::InquiryData data = inquiry_data(hyperv::kTypeNotPresent, UnitIdentity());
    command.reply(&data, sizeof data, command.cdb16(3));
}

} // namespace host
