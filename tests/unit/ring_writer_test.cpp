// SPDX-License-Identifier: GPL-2.0-only
#include "support/ring_writer_fixture.hpp"

#include <cstddef>
#include <random>

using lis::ManyProducers;
using lis::OneProducer;
using lis::Result;
using lis::RingPacket;
using lis::RingWriter;
using lis::Signal;
using lis::Span;
using lis::Status;
using support::Bytes;
using support::HostPacket;
using support::ignore;
using support::padded;
using support::pattern;
using support::RingWriterTest;

namespace {

typedef testing::Types<OneProducer, ManyProducers<>, ManyProducers<4>> AllPolicies;
TYPED_TEST_SUITE(RingWriterTest, AllPolicies);

TYPED_TEST(RingWriterTest, AnnouncesPendingSendSize) {
    EXPECT_EQ(this->control().feature_bits, hyperv::kRingFeaturePendingSendSize);
}

TYPED_TEST(RingWriterTest, WritesHeaderPiecesPaddingAndTrailer) {
    ASSERT_TRUE(this->send(1, 32).ok());
    this->host->take();
    memset(this->memory->data() + 56, 0xEE, 256); // what is not written would show
    const Bytes extension = pattern(24, 1), first = pattern(3, 2), second = pattern(10, 3);
    const Span pieces[] = {Span(extension.data(), 24), Span(first.data(), 3), Span(), Span(second.data(), 10)};
    const RingPacket packet = {hyperv::PacketType::GpaDirect, true, 0x8877665544332211, pieces, 4, 24};
    ASSERT_TRUE(this->writer->send(packet).ok());
    EXPECT_EQ(this->host->used(), 16u + 24 + 16 + 8);
    const HostPacket got = this->host->take();
    EXPECT_EQ(got.type, 9);
    EXPECT_EQ(got.flags, 1);
    EXPECT_EQ(got.offset8, 5);
    EXPECT_EQ(got.id, 0x8877665544332211u);
    Bytes body = extension;
    body.insert(body.end(), first.begin(), first.end());
    body.insert(body.end(), second.begin(), second.end());
    body.resize(40, 0);
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(got.trailer, uint64_t(56) << 32);
    EXPECT_EQ(this->memory->data()[56 + 64], 0xEE); // and not a byte more
    EXPECT_EQ(this->watch->data_loads(), 0u);
}

TYPED_TEST(RingWriterTest, EveryPositionAndSize) {
    for (uint32_t start = 0; start < 4096; start += 8) {
        for (uint32_t size = 0; size <= 4096 - 16 - 24; size += start % 256 == 0 ? 1 + size / 8 % 7 : 321) {
            ASSERT_NO_FATAL_FAILURE(this->move_to(start));
            ASSERT_TRUE(this->send(start + size, size).ok());
            ASSERT_EQ(this->control().write_index, (start + (size + 7) / 8 * 8 + 24) % 4096);
            const HostPacket got = this->host->take();
            ASSERT_EQ(got.id, start + size);
            ASSERT_EQ(got.trailer, uint64_t(start) << 32);
            ASSERT_EQ(got.body, padded(pattern(size, start + size)));
        }
    }
}

TYPED_TEST(RingWriterTest, LargestPacketIs16BytesSmallerThanTheRing) {
    EXPECT_EQ(this->writer->limit(), 4096u - 16 - 24);
    EXPECT_EQ(this->send(1, 4096 - 16 - 24 + 1).status(), Status::TooBig);
    EXPECT_TRUE(this->send(2, 4096 - 16 - 24).ok());
    this->expect_next(2, 4096 - 16 - 24);
}

TYPED_TEST(RingWriterTest, ManyPiecesCannotOverflowTheLength) {
    const Bytes bytes(4000);
    const std::vector<Span> pieces(2000000, Span(bytes.data(), bytes.size()));
    const RingPacket packet = {hyperv::PacketType::InBand, false, 1, pieces.data(), 2000000, 0};
    EXPECT_EQ(this->writer->send(packet).status(), Status::TooBig);
    const Span huge(bytes.data(), SIZE_MAX - 7);
    const RingPacket other = {hyperv::PacketType::InBand, false, 1, &huge, 1, 0};
    EXPECT_EQ(this->writer->send(other).status(), Status::TooBig);
}

TYPED_TEST(RingWriterTest, LengthFitsIts16Bits) {
    this->reset(1 << 20);
    EXPECT_EQ(this->writer->limit(), 65535u * 8 - 16);
    ASSERT_TRUE(this->send(1, 65535 * 8 - 16).ok());
    this->expect_next(1, 65535 * 8 - 16);
}

TYPED_TEST(RingWriterTest, RefusesABadExtension) {
    const Bytes bytes(16);
    const Span piece(bytes.data(), 16);
    const RingPacket odd = {hyperv::PacketType::GpaDirect, false, 1, &piece, 1, 12};
    EXPECT_EQ(this->writer->send(odd).status(), Status::Invalid);
    const RingPacket beyond = {hyperv::PacketType::GpaDirect, false, 1, &piece, 1, 24};
    EXPECT_EQ(this->writer->send(beyond).status(), Status::Invalid);
    EXPECT_EQ(this->host->used(), 0u);
}

TYPED_TEST(RingWriterTest, RefusesWhatIsNoRing) {
    RingWriter<TypeParam> other;
    lis_vmbus_ring ring = this->memory->ring();
    ring.data_bytes = 4096 + 2048;
    EXPECT_EQ(other.init(ring), Status::Invalid);
}

// ---- full ----

// Fills with packets of every size: the ring keeps exactly 8 bytes free at most.
TYPED_TEST(RingWriterTest, NeverFillsTheLastUnit) {
    for (uint32_t size = 0; size < 600; size += 8) {
        this->reset(4096);
        const uint32_t fit = (4096 - 8) / (size + 24);
        for (uint32_t i = 0; i < fit; i++) ASSERT_TRUE(this->send(i, size).ok()) << size;
        ASSERT_EQ(this->send(99, size).status(), Status::WouldBlock) << size;
        ASSERT_EQ(this->memory->counters().full_first, 1u);
        ASSERT_EQ(this->send(99, size).status(), Status::WouldBlock);
        ASSERT_EQ(this->memory->counters().full_first, 1u);
        ASSERT_EQ(this->memory->counters().full_total, 2u);
        this->expect_next(0, size);
        ASSERT_TRUE(this->send(fit, size).ok());
        ASSERT_EQ(this->send(99, size).status(), Status::WouldBlock);
        ASSERT_EQ(this->memory->counters().full_first, 2u);
        for (uint32_t i = 1; i <= fit; i++) this->expect_next(i, size);
        ASSERT_EQ(this->host->used(), 0u);
    }
}

// ---- signals (protocol.md 3.3) ----

// Due iff the mask is 0 and the host had read everything before this packet.
TYPED_TEST(RingWriterTest, SignalIsDueExactlyWhenTheHostMayBeAsleep) {
    for (uint32_t unread = 0; unread < 3; unread++) {
        for (uint32_t mask : {0u, 1u, 0x80000000u}) {
            this->reset(4096);
            for (uint32_t i = 0; i < 4; i++) ASSERT_TRUE(this->send(i, 64).ok());
            for (uint32_t i = unread; i < 4; i++) this->host->take();
            this->control().interrupt_mask = mask;
            const uint64_t before = this->memory->counters().signals_new_data;
            const bool due = mask == 0 && unread == 0;
            EXPECT_EQ(this->send(9, 64).value() == Signal::Due, due) << unread << " " << mask;
            EXPECT_EQ(this->memory->counters().signals_new_data - before, due ? 1u : 0u);
        }
    }
}

TYPED_TEST(RingWriterTest, BatchMovesTheIndexAndDecidesOnce) {
    for (uint32_t i = 0; i < 3; i++) {
        ASSERT_EQ(this->add(i, 100), Status::Ok);
        EXPECT_EQ(this->control().write_index, 0u);
    }
    EXPECT_EQ(this->watch->control_stores(0), 0u);
    EXPECT_EQ(this->writer->publish(), Signal::Due);
    EXPECT_EQ(this->watch->control_stores(0), 1u);
    EXPECT_EQ(this->writer->publish(), Signal::NotDue); // nothing new
    for (uint32_t i = 0; i < 3; i++) this->expect_next(i, 100);
    // A batch behind unread packets.
    ASSERT_EQ(this->send(3, 8).value(), Signal::Due);
    ASSERT_EQ(this->add(4, 8), Status::Ok);
    EXPECT_EQ(this->writer->publish(), Signal::NotDue);
}

TYPED_TEST(RingWriterTest, BatchComparesWithTheIndexBeforeItsFirstPacket) {
    ASSERT_EQ(this->add(1, 8), Status::Ok);
    ASSERT_EQ(this->add(2, 8), Status::Ok);
    // The host consumed nothing: it is where it was before the first, not before the last.
    EXPECT_EQ(this->writer->publish(), Signal::Due);
}

TYPED_TEST(RingWriterTest, FullBatchIsStillPublished) {
    uint32_t added = 0;
    while (added < 9 && this->add(added, 1000) == Status::Ok) added++;
    EXPECT_EQ(added, 3u);
    EXPECT_EQ(this->writer->publish(), Signal::Due);
    for (uint32_t i = 0; i < added; i++) this->expect_next(i, 1000);
}

// The load of the mask must come behind the store of the index, and each word is loaded once.
TYPED_TEST(RingWriterTest, AsksForMaskAndReadIndexAfterTheStore) {
    const size_t mask = offsetof(hyperv::RingControl, interrupt_mask);
    const size_t read = offsetof(hyperv::RingControl, read_index);
    std::vector<size_t> order;
    this->watch->before_access = [&](size_t offset, size_t, int) {
        if (offset < 16) order.push_back(offset);
    };
    ASSERT_TRUE(this->send(1, 8).ok());
    EXPECT_EQ(order, (std::vector<size_t>{read, 0, mask, read}));
}

// ---- waiting for room ----

TYPED_TEST(RingWriterTest, WantSpaceStoresWhatTheHostComparesWith) {
    for (uint32_t i = 0; i < 3; i++) ASSERT_TRUE(this->send(i, 1000).ok());
    ASSERT_EQ(this->send(3, 1500).status(), Status::WouldBlock);
    EXPECT_FALSE(this->writer->want_space(1500));
    EXPECT_EQ(this->control().pending_send_size, 1504u + 24);
    this->host->take();
    EXPECT_TRUE(this->writer->want_space(1500));
    EXPECT_EQ(this->control().pending_send_size, 0u);
    EXPECT_TRUE(this->send(3, 1500).ok());
}

TYPED_TEST(RingWriterTest, WantSpaceLooksAgainBehindTheStore) {
    for (uint32_t i = 0; i < 3; i++) ASSERT_TRUE(this->send(i, 1000).ok());
    ASSERT_EQ(this->send(3, 1500).status(), Status::WouldBlock);
    // The host frees space just before it can see that somebody waits.
    this->watch->before_access = [this](size_t offset, size_t, int access) {
        if (offset == offsetof(hyperv::RingControl, pending_send_size) && access == LIS_TEST_STORE &&
            this->host->used() > 2100)
            this->host->take();
    };
    EXPECT_TRUE(this->writer->want_space(1500));
    EXPECT_EQ(this->control().pending_send_size, 0u);
}

TYPED_TEST(RingWriterTest, WantSpaceAgreesWithAddOnEverySize) {
    for (uint32_t taken = 0; taken < 4; taken++) {
        for (uint32_t size = 0; size < 4200; size += 8) {
            this->reset(4096);
            for (uint32_t i = 0; i < 3; i++) ASSERT_TRUE(this->send(i, 1000).ok());
            for (uint32_t i = 0; i < taken && i < 3; i++) this->host->take();
            const bool room = this->writer->want_space(size);
            const Status status = this->send(9, size).status();
            ASSERT_EQ(room, status != Status::WouldBlock) << taken << " " << size;
            ASSERT_EQ(this->control().pending_send_size, room ? 0 : size + 24);
        }
    }
}

TYPED_TEST(RingWriterTest, ForgetSpaceClearsPending) {
    for (uint32_t i = 0; i < 3; i++) ASSERT_TRUE(this->send(i, 1000).ok());
    EXPECT_FALSE(this->writer->want_space(1500));
    this->writer->forget_space();
    EXPECT_EQ(this->control().pending_send_size, 0u);
}

// ---- a host that lies ----

TYPED_TEST(RingWriterTest, RejectsEveryBadReadIndex) {
    for (uint32_t index : {1u, 4u, 7u, 4095u, 4096u, 8192u, 0x80000000u, 0xFFFFFFF8u, 0xFFFFFFFFu}) {
        this->control().read_index = index;
        EXPECT_EQ(this->send(1, 8).status(), Status::BadPacket) << index;
        EXPECT_TRUE(this->writer->want_space(8)); // send() says what is wrong
    }
    this->control().read_index = 0;
    EXPECT_TRUE(this->send(1, 8).ok());
    this->expect_next(1, 8);
}

// A batch is private until it is published: whatever the host says about its index,
// no packet is written over another one of it.
TYPED_TEST(RingWriterTest, LyingReadIndexNeverMakesPacketsOverlap) {
    std::mt19937 random(3);
    for (int round = 0; round < 2000; round++) {
        this->reset(4096);
        this->watch->after_load = [&](size_t, size_t) { this->control().read_index = random() % 512 * 8; };
        std::vector<size_t> sizes;
        for (int i = 0; i < 40; i++) {
            const size_t size = random() % 700;
            if (this->add(sizes.size(), size) == Status::Ok) sizes.push_back(size);
        }
        this->watch->after_load = nullptr;
        ignore(this->writer->publish());
        this->control().read_index = 0; // in truth it has read nothing
        for (size_t i = 0; i < sizes.size(); i++) ASSERT_NO_FATAL_FAILURE(this->expect_next(i, sizes[i]));
        ASSERT_EQ(this->host->used(), 0u);
    }
}

TYPED_TEST(RingWriterTest, OwnWordsAreNotBelievedEither) {
    ASSERT_TRUE(this->send(1, 8).ok());
    this->control().write_index = 0xFFFFFFFF;
    this->control().pending_send_size = 0xFFFFFFFF;
    ASSERT_TRUE(this->send(2, 8).ok());
    this->expect_next(1, 8);
    this->expect_next(2, 8);
}

TYPED_TEST(RingWriterTest, OddRingWrapsWhereItEnds) {
    this->reset(3 * 4096);
    std::mt19937 random(5);
    uint64_t sent = 0, received = 0;
    std::vector<size_t> sizes;
    for (int round = 0; round < 20000; round++) {
        const size_t size = random() % 3000;
        if (this->send(sent, size).ok()) {
            sizes.push_back(size);
            sent++;
        }
        if (random() % 2 == 0 && this->host->used() != 0) {
            ASSERT_NO_FATAL_FAILURE(this->expect_next(received, sizes[received]));
            received++;
        }
    }
    EXPECT_GT(received, 5000u);
}

} // namespace
