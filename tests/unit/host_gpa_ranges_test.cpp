// SPDX-License-Identifier: GPL-2.0-only
// Scattered guest memory (protocol.md 3.2): what is judged, and that copies touch what they should.
#include "host/gpa_ranges.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <map>

using host::GuestBuffer;
using host::RangeFault;

namespace {

typedef std::vector<unsigned char> Bytes;

// Pages 100 to 107; 100 to 103 lie behind each other on the host's side too.
class Pages : public host::Platform {
public:
    Pages() : together_(4 * 4096), apart_(4, std::vector<char>(2 * 4096)) {}
    void* page(uint64_t frame) override {
        if (frame >= 100 && frame < 104) return &together_[(frame - 100) * 4096];
        if (frame >= 104 && frame < 108) return apart_[frame - 104].data();
        return nullptr;
    }
    bool raise_sint(uint32_t, uint32_t) override { return false; }
    uint64_t now_ns() override { return 0; }
    void after(uint64_t, std::function<void()>) override {}

private:
    std::vector<char> together_;
    std::vector<std::vector<char>> apart_;
};

void put(Bytes& to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to.push_back(static_cast<unsigned char>(value >> 8 * i));
}

Bytes header(uint32_t count) {
    Bytes bytes;
    put(bytes, 0xDEADBEEF, 4); // may be anything
    put(bytes, count, 4);
    return bytes;
}

void range(Bytes& to, uint32_t size, uint32_t offset, const std::vector<uint64_t>& frames) {
    put(to, size, 4);
    put(to, offset, 4);
    for (const uint64_t frame : frames) put(to, frame, 8);
}

} // namespace

TEST(GpaRanges, SeveralRangesAreOneRunOfBytes) {
    Pages pages;
    Bytes extension = header(3);
    range(extension, 10, 4090, {104, 106});
    range(extension, 4096, 0, {101});
    range(extension, 8192, 0, {102, 103});
    GuestBuffer buffer;
    ASSERT_EQ(buffer.assign_gpa_direct(pages, extension), RangeFault::None);
    EXPECT_EQ(buffer.size(), 10u + 3 * 4096);
    EXPECT_EQ(buffer.range_count(), 3u);
    EXPECT_EQ(buffer.pieces().size(), 3u) << "101 to 103 are one piece";
    Bytes data(buffer.size());
    for (size_t i = 0; i < data.size(); i++) data[i] = static_cast<unsigned char>(i * 13 + 1);
    EXPECT_TRUE(buffer.write(0, data.data(), data.size()));
    EXPECT_EQ(memcmp(static_cast<char*>(pages.page(104)) + 4090, data.data(), 6), 0);
    EXPECT_EQ(memcmp(pages.page(106), data.data() + 6, 4), 0);
    EXPECT_EQ(memcmp(pages.page(103), data.data() + 10 + 2 * 4096, 4096), 0);
    EXPECT_EQ(static_cast<char*>(pages.page(104))[4089], 0);
    EXPECT_EQ(static_cast<char*>(pages.page(106))[4], 0);
    Bytes back(data.size() - 7);
    EXPECT_TRUE(buffer.read(7, back.data(), back.size()));
    EXPECT_EQ(back, Bytes(data.begin() + 7, data.end()));
    EXPECT_TRUE(buffer.fill(3, 0xCC, 5));
    EXPECT_EQ(static_cast<unsigned char*>(pages.page(106))[1], 0xCC);
    EXPECT_EQ(static_cast<unsigned char*>(pages.page(106))[2], data[8]);
}

TEST(GpaRanges, SlicesAreWhatTheyCover) {
    Pages pages;
    GuestBuffer buffer;
    ASSERT_EQ(buffer.append_frames(pages, {104, 105, 100, 101}), RangeFault::None);
    EXPECT_EQ(buffer.pieces().size(), 3u);
    std::vector<iovec> pieces(9);
    EXPECT_TRUE(buffer.slice(4000, 4192 + 1, pieces));
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(pieces[0].iov_base, static_cast<char*>(pages.page(104)) + 4000);
    EXPECT_EQ(pieces[0].iov_len, 96u);
    EXPECT_EQ(pieces[1].iov_len, 4096u);
    EXPECT_EQ(pieces[2].iov_base, pages.page(100));
    EXPECT_EQ(pieces[2].iov_len, 1u);
    EXPECT_TRUE(buffer.slice(4 * 4096, 0, pieces));
    EXPECT_TRUE(pieces.empty());
}

TEST(GpaRanges, NothingGoesPastTheEnd) {
    Pages pages;
    GuestBuffer buffer;
    ASSERT_EQ(buffer.append_address(pages, 104 * 4096 + 100, 50), RangeFault::None);
    char bytes[64] = {1};
    std::vector<iovec> pieces;
    EXPECT_FALSE(buffer.read(1, bytes, 50));
    EXPECT_FALSE(buffer.write(51, bytes, 0));
    EXPECT_FALSE(buffer.write(SIZE_MAX, bytes, 2));
    EXPECT_FALSE(buffer.fill(0, 1, SIZE_MAX));
    EXPECT_FALSE(buffer.slice(49, 2, pieces));
    EXPECT_TRUE(buffer.write(50, bytes, 0));
    EXPECT_EQ(static_cast<char*>(pages.page(104))[100], 0);
}

TEST(GpaRanges, WhatContradictsItselfLeavesNothing) {
    Pages pages;
    const auto fault = [&](const Bytes& extension) {
        GuestBuffer buffer;
        EXPECT_EQ(buffer.append_frames(pages, {100}), RangeFault::None);
        const RangeFault found = buffer.assign_gpa_direct(pages, extension);
        EXPECT_TRUE(found == RangeFault::None || (buffer.size() == 0 && buffer.pieces().empty() && buffer.range_count() == 0));
        return found;
    };
    EXPECT_EQ(fault({}), RangeFault::Malformed);
    EXPECT_EQ(fault(Bytes(7)), RangeFault::Malformed);
    EXPECT_EQ(fault(header(0)), RangeFault::Malformed);
    EXPECT_EQ(fault(header(1)), RangeFault::Malformed);
    for (const auto& [size, offset] : std::vector<std::pair<uint32_t, uint32_t>>{
             {0, 0}, {4097, 0}, {1, 4096}, {4096, 1}, {UINT32_MAX, 0}, {UINT32_MAX, UINT32_MAX}, {1, UINT32_MAX}}) {
        Bytes extension = header(1);
        range(extension, size, offset, {100});
        EXPECT_EQ(fault(extension), RangeFault::Malformed) << size << " " << offset;
    }
    Bytes extension = header(2);
    range(extension, 4096, 0, {100});
    EXPECT_EQ(fault(extension), RangeFault::Malformed) << "the second range is missing";
    range(extension, 4096, 0, {});
    EXPECT_EQ(fault(extension), RangeFault::Malformed) << "its page is missing";
    put(extension, 108, 8);
    EXPECT_EQ(fault(extension), RangeFault::NoMemory);
    for (const uint64_t frame : {uint64_t{0}, uint64_t{1} << 52 | 100, UINT64_MAX}) {
        Bytes one = header(1);
        range(one, 4096, 0, {frame});
        EXPECT_EQ(fault(one), RangeFault::NoMemory) << frame;
    }
    Bytes good = header(1);
    range(good, 4096, 0, {100, 101}); // a page to spare
    EXPECT_EQ(fault(good), RangeFault::None);
}
