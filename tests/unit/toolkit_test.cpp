// SPDX-License-Identifier: GPL-2.0-only
#include <lis/le.hpp>
#include <lis/list.hpp>
#include <lis/reader.hpp>
#include <lis/result.hpp>

#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <vector>

using lis::ByteReader;
using lis::ByteWriter;
using lis::Le16;
using lis::Le32;
using lis::Le64;
using lis::MutableSpan;
using lis::Result;
using lis::Span;
using lis::Status;

namespace {

// ---- le.hpp ----

TEST(Le, IsLittleEndianAndUnaligned) {
    unsigned char bytes[15] = {0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E};
    struct Wire {
        unsigned char first;
        Le16 two;
        Le32 four;
        Le64 eight;
    } wire;
    LIS_WIRE_SIZE(Wire, 15);
    memcpy(&wire, bytes, sizeof wire);
    EXPECT_EQ(wire.two.get(), 0x0201u);
    EXPECT_EQ(wire.four.get(), 0x06050403u);
    EXPECT_EQ(wire.eight.get(), 0x0E0D0C0B0A090807u);
    wire.four.set(0x11223344);
    EXPECT_EQ(memcmp(wire.four.bytes, "\x44\x33\x22\x11", 4), 0);
}

// ---- result.hpp ----

Result<int> half(int value) {
    if (value % 2 != 0) return Status::Invalid;
    return value / 2;
}
Status only_even(int value) { return value % 2 == 0 ? Status::Ok : Status::BadPacket; }

Result<int> quarter(int value) {
    const int once = LIS_TRY(half(value));
    return LIS_TRY(half(once)) + 0;
}
Status checked(int value) {
    LIS_TRY(only_even(value));
    LIS_TRY(half(value / 2));
    return Status::Ok;
}

TEST(ResultTest, TryYieldsTheValueOrLeaves) {
    EXPECT_EQ(quarter(12).value(), 3);
    EXPECT_EQ(quarter(6).status(), Status::Invalid);
    EXPECT_FALSE(quarter(3).ok());
    EXPECT_EQ(checked(4), Status::Ok);
    EXPECT_EQ(checked(3), Status::BadPacket);
    EXPECT_EQ(checked(2), Status::Invalid);
}

TEST(ResultTest, EveryStatusHasItsOwnErrno) {
    std::set<int32_t> seen;
    for (int32_t i = 0; i <= static_cast<int32_t>(Status::Failed); i++) {
        const int32_t error = lis::to_errno(static_cast<Status>(i));
        EXPECT_TRUE(i == 0 ? error == 0 : error < 0) << i;
        EXPECT_TRUE(seen.insert(error).second) << i;
    }
    EXPECT_EQ(lis::to_errno(Status::TimedOut), -LIS_ETIMEDOUT);
    EXPECT_EQ(lis::to_errno(Status::Rescinded), -LIS_ENODEV);
}

// ---- span.hpp and reader.hpp ----

TEST(SpanTest, CannotBeMadeLonger) {
    const unsigned char bytes[4] = {1, 2, 3, 4};
    const Span span(bytes, 4);
    EXPECT_EQ(span.from(1).size(), 3u);
    EXPECT_EQ(span.from(1).data()[0], 2);
    EXPECT_EQ(span.from(4).size(), 0u);
    EXPECT_EQ(span.from(SIZE_MAX).size(), 0u);
    EXPECT_EQ(span.first(2).size(), 2u);
    EXPECT_EQ(span.first(5).size(), 4u);
}

TEST(SpanTest, OfNothingIsEmpty) {
    unsigned char bytes[4] = {1, 2, 3, 4};
    EXPECT_TRUE(Span().empty());
    EXPECT_TRUE(MutableSpan().empty());
    EXPECT_TRUE(Span(bytes, 0).empty());
    EXPECT_TRUE(MutableSpan(bytes, 0).empty());
    EXPECT_FALSE(Span(bytes, 1).empty());
    EXPECT_FALSE(MutableSpan(bytes, 1).empty());
}

TEST(SpanTest, WhatCanBeWrittenCanBeReadAsTheSameBytes) {
    unsigned char bytes[4] = {1, 2, 3, 4};
    const MutableSpan writable(bytes, 3);
    const Span readable = writable;
    EXPECT_EQ(readable.data(), bytes);
    EXPECT_EQ(readable.size(), 3u);
}

// The vector is exactly as long as the data, so ASan sees one byte too many.
TEST(ByteReaderTest, StopsAtEveryLength) {
    for (size_t size = 0; size <= 24; size++) {
        const std::vector<unsigned char> bytes(size, 0x5A);
        ByteReader reader(bytes.data(), size);
        EXPECT_EQ(reader.read<Le64>().ok(), size >= 8);
        const size_t left = size >= 8 ? size - 8 : size;
        EXPECT_EQ(reader.remaining(), left);
        uint32_t word = 0;
        EXPECT_EQ(reader.read_into(&word) == Status::Ok, left >= 4);
        EXPECT_EQ(reader.remaining(), left >= 4 ? left - 4 : left); // a failure changes nothing
        const size_t rest = reader.remaining();
        EXPECT_EQ(reader.take(rest + 1).status(), Status::BadPacket);
        EXPECT_EQ(reader.skip(SIZE_MAX), Status::BadPacket);
        EXPECT_EQ(reader.take(rest).value().size(), rest);
        EXPECT_EQ(reader.remaining(), 0u);
        EXPECT_EQ(reader.skip(0), Status::Ok);
        EXPECT_EQ(reader.rest().size(), 0u);
    }
}

TEST(ByteWriterTest, StopsAtEveryLength) {
    const volatile size_t huge = SIZE_MAX; // the compiler is not to know
    for (size_t size = 0; size <= 16; size++) {
        std::vector<unsigned char> bytes(size, 0xFF);
        ByteWriter writer{MutableSpan(bytes.data(), size)};
        const uint32_t word = 0x01020304;
        EXPECT_EQ(writer.write(word) == Status::Ok, size >= 4);
        const size_t used = size >= 4 ? 4 : 0;
        EXPECT_EQ(writer.written().size(), used);
        EXPECT_EQ(writer.write_zeros(size - used + 1), Status::TooBig);
        EXPECT_EQ(writer.write_bytes(Span(&word, size - used + 1)), Status::TooBig);
        EXPECT_EQ(writer.write_zeros(huge), Status::TooBig);
        EXPECT_EQ(writer.write_zeros(size - used), Status::Ok);
        EXPECT_EQ(writer.remaining(), 0u);
        EXPECT_EQ(writer.written().size(), size);
        for (size_t i = used; i < size; i++) EXPECT_EQ(bytes[i], 0);
    }
}

// ---- list.hpp ----

struct ByName {};
struct Item : lis::ListLink<Item>, lis::ListLink<ByName> {
    explicit Item(int n) : number(n) {}
    int number;
};

std::vector<int> numbers(const lis::List<Item>& list) {
    std::vector<int> all;
    for (const Item& item : list) all.push_back(item.number);
    return all;
}

TEST(ListTest, KeepsOrderAndRemovesAnywhere) {
    Item a(1), b(2), c(3);
    lis::List<Item> list;
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.pop_front(), nullptr);
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    EXPECT_EQ(numbers(list), (std::vector<int>{1, 2, 3}));
    EXPECT_TRUE(list.contains(b));
    EXPECT_EQ(list.next(a), &b);
    list.remove(b);
    EXPECT_FALSE(list.contains(b));
    EXPECT_EQ(numbers(list), (std::vector<int>{1, 3}));
    list.push_back(b); // may come back
    list.remove(a);
    list.remove(b);
    EXPECT_EQ(numbers(list), (std::vector<int>{3}));
    EXPECT_EQ(list.pop_front(), &c);
    EXPECT_TRUE(list.empty());
    list.push_back(a);
    EXPECT_EQ(list.first(), &a);
    EXPECT_EQ(list.next(a), nullptr);
}

TEST(ListTest, ElementIsOnTwoListsAtOnce) {
    Item a(1), b(2);
    lis::List<Item> list;
    lis::List<Item, ByName> by_name;
    list.push_back(a);
    list.push_back(b);
    by_name.push_back(b);
    by_name.push_back(a);
    list.remove(a);
    EXPECT_TRUE(by_name.contains(a));
    EXPECT_EQ(by_name.first(), &b);
    EXPECT_EQ(by_name.next(b), &a);
}

TEST(ListTest, ForEachMayRemoveAndFree) {
    lis::List<Item> list;
    for (int i = 0; i < 5; i++) list.push_back(*new Item(i));
    list.for_each([&](Item& item) {
        if (item.number % 2 == 0) {
            list.remove(item);
            delete &item;
        }
    });
    EXPECT_EQ(numbers(list), (std::vector<int>{1, 3}));
    list.for_each([&](Item& item) {
        list.remove(item);
        delete &item;
    });
    EXPECT_TRUE(list.empty());
}

} // namespace
