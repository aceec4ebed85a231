// SPDX-License-Identifier: GPL-2.0-only
#include "support/report_to_gtest.hpp"
#include "support/ring_host.hpp"
#include "support/shared_watch.hpp"

#include <lis/ring_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <random>

using lis::Drain;
using lis::MutableSpan;
using lis::PacketView;
using lis::Result;
using lis::RingReader;
using lis::Signal;
using lis::Status;
using support::Bytes;
using support::ignore;
using support::pattern;

namespace {

const size_t kWrite = offsetof(hyperv::RingControl, write_index);
const size_t kPending = offsetof(hyperv::RingControl, pending_send_size);

Bytes to_bytes(lis::Span span) { return Bytes(span.data(), span.data() + span.size()); }

class RingReaderTest : public testing::Test {
protected:
    explicit RingReaderTest(uint32_t size = 4096)
        : memory(size), watch(memory), host(memory), scratch(size) {
        EXPECT_EQ(reader.init(memory.ring()), Status::Ok);
        watch.forget_counts();
    }

    Result<PacketView> next() { return reader.next(MutableSpan(scratch.data(), scratch.size())); }

    // Empties the ring with both cursors at index.
    void move_to(uint32_t index) {
        while (memory.control().write_index != index) {
            const uint32_t gap = (index + memory.size() - memory.control().write_index) % memory.size();
            uint32_t bytes = std::min(gap, memory.size() / 2);
            if (gap - bytes < 24 && gap != bytes) bytes = gap / 2 / 8 * 8;
            if (bytes < 24) bytes = 1024; // once more around
            host.put(6, 0, 0, 2, Bytes(bytes - 24));
            ASSERT_TRUE(next().ok());
            ignore(reader.commit());
        }
    }

    void expect_broken() {
        EXPECT_EQ(next().status(), Status::BadPacket);
        EXPECT_TRUE(reader.broken());
        // For good: whatever the host stores afterwards.
        memory.control().write_index = memory.control().read_index;
        EXPECT_EQ(next().status(), Status::BadPacket);
        EXPECT_EQ(next().status(), Status::BadPacket);
    }

    support::RingMemory memory;
    support::SharedWatch watch;
    support::RingHost host;
    RingReader reader;
    Bytes scratch;
};

TEST_F(RingReaderTest, EmptyRingHasNothing) {
    EXPECT_EQ(next().status(), Status::WouldBlock);
    EXPECT_FALSE(reader.has_packets());
    EXPECT_EQ(reader.commit(), Signal::NotDue);
    EXPECT_EQ(memory.control().read_index, 0u);
}

TEST_F(RingReaderTest, AnnouncesPendingSendSize) {
    EXPECT_EQ(memory.control().feature_bits, hyperv::kRingFeaturePendingSendSize);
}

TEST_F(RingReaderTest, RefusesWhatIsNoRing) {
    RingReader other;
    lis_vmbus_ring ring = memory.ring();
    ring.data_bytes = 0;
    EXPECT_EQ(other.init(ring), Status::Invalid);
    ring.data_bytes = 4096 + 8;
    EXPECT_EQ(other.init(ring), Status::Invalid);
    ring.data_bytes = 0x80000000u;
    EXPECT_EQ(other.init(ring), Status::Invalid);
    ring = memory.ring();
    ring.counters = nullptr;
    EXPECT_EQ(other.init(ring), Status::Invalid);
}

TEST_F(RingReaderTest, DeliversHeaderExtensionAndPayload) {
    const Bytes body = pattern(8 + 40, 3);
    host.put(7, 1, 0x1122334455667788, 3, body);
    const Result<PacketView> packet = next();
    ASSERT_TRUE(packet.ok());
    EXPECT_EQ(packet.value().type(), hyperv::PacketType::TransferPages);
    EXPECT_TRUE(packet.value().completion_requested());
    EXPECT_EQ(packet.value().transaction_id(), 0x1122334455667788u);
    EXPECT_EQ(to_bytes(packet.value().extension()), Bytes(body.begin(), body.begin() + 8));
    EXPECT_EQ(to_bytes(packet.value().payload()), Bytes(body.begin() + 8, body.end()));
    EXPECT_TRUE(packet.value().complete());
    EXPECT_EQ(next().status(), Status::WouldBlock);
}

TEST_F(RingReaderTest, IdZeroIsNeverToBeCompleted) {
    host.put(6, 1, 0, 2, Bytes(8));
    EXPECT_FALSE(next().value().completion_requested());
}

TEST_F(RingReaderTest, PassesUnknownTypesAndFlagsToTheCaller) {
    host.put(0x7777, 0xFFFE, 5, 2, Bytes());
    const Result<PacketView> packet = next();
    ASSERT_TRUE(packet.ok());
    EXPECT_EQ(static_cast<unsigned>(packet.value().type()), 0x7777u);
    EXPECT_FALSE(packet.value().completion_requested());
    EXPECT_TRUE(packet.value().payload().empty());
}

// Every start, every size: all ways to wrap there are in a ring of 4096 bytes.
TEST_F(RingReaderTest, EveryPositionAndSize) {
    for (uint32_t start = 0; start < 4096; start += 8) {
        const Bytes whole = pattern(4096 - 16 - 24, start);
        for (uint32_t body = 0; body <= 4096 - 16 - 24; body += start % 64 == 0 || body > 3900 || body < 64 ? 8 : 72) {
            ASSERT_NO_FATAL_FAILURE(move_to(start));
            host.put(6, 0, start + body, 2, Bytes(whole.begin(), whole.begin() + body));
            const Result<PacketView> packet = next();
            ASSERT_TRUE(packet.ok());
            ASSERT_EQ(packet.value().transaction_id(), start + body);
            ASSERT_EQ(packet.value().payload().size(), body);
            ASSERT_EQ(memcmp(packet.value().payload().data(), whole.data(), body), 0);
            ASSERT_EQ(next().status(), Status::WouldBlock);
            ignore(reader.commit());
            ASSERT_EQ(memory.control().read_index, memory.control().write_index);
        }
    }
}

TEST_F(RingReaderTest, ReadIndexMovesOnlyAtCommit) {
    const uint32_t bytes = host.put(6, 0, 1, 2, Bytes(16)) + host.put(6, 0, 2, 2, Bytes(32));
    ASSERT_TRUE(next().ok());
    ASSERT_TRUE(next().ok());
    EXPECT_EQ(memory.control().read_index, 0u);
    ignore(reader.commit());
    EXPECT_EQ(memory.control().read_index, bytes);
}

TEST_F(RingReaderTest, TooLongForScratchIsSkipped) {
    host.put(6, 0, 1, 2, Bytes(64));
    host.put(6, 0, 2, 2, Bytes(8));
    EXPECT_EQ(reader.next(MutableSpan(scratch.data(), 56)).status(), Status::TooBig);
    const Result<PacketView> second = reader.next(MutableSpan(scratch.data(), 56));
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(second.value().transaction_id(), 2u);
    EXPECT_FALSE(reader.broken());
}

TEST_F(RingReaderTest, NoScratchWillDoForAnEmptyPacket) {
    host.put(6, 0, 1, 2, Bytes());
    EXPECT_TRUE(reader.next(MutableSpan()).ok());
}

TEST_F(RingReaderTest, StartOnlyCopiesWhatScratchHolds) {
    const Bytes body = pattern(24 + 400, 9);
    host.put(7, 1, 1, 5, body);
    host.put(7, 1, 2, 5, body);
    const Result<PacketView> packet = reader.next_start(MutableSpan(scratch.data(), 32));
    ASSERT_TRUE(packet.ok());
    EXPECT_FALSE(packet.value().complete());
    EXPECT_EQ(to_bytes(packet.value().extension()), Bytes(body.begin(), body.begin() + 24));
    EXPECT_EQ(to_bytes(packet.value().payload()), Bytes(body.begin() + 24, body.begin() + 32));
    const Result<PacketView> cut = reader.next_start(MutableSpan(scratch.data(), 8));
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(cut.value().transaction_id(), 2u);
    EXPECT_EQ(cut.value().extension().size(), 8u);
    EXPECT_TRUE(cut.value().payload().empty());
}

TEST_F(RingReaderTest, StartOfTheUsualSizeAndOfEveryOther) {
    struct Usual { uint64_t words[8]; };
    for (uint32_t size = 0; size <= 128; size += 8) {
        const Bytes body = pattern(size, 3);
        host.put(11, 0, size + 1, 2, body);
        Usual usual;
        PacketView view;
        ASSERT_EQ(reader.next_start_of(&usual, &view), Status::Ok);
        EXPECT_EQ(view.transaction_id(), size + 1);
        EXPECT_EQ(view.complete(), size <= 64);
        EXPECT_EQ(view.payload().data(), reinterpret_cast<unsigned char*>(&usual));
        EXPECT_EQ(to_bytes(view.payload()), Bytes(body.begin(), body.begin() + std::min(size, 64u)));
    }
    Usual usual;
    PacketView view;
    EXPECT_EQ(reader.next_start_of(&usual, &view), Status::WouldBlock);
}

// ---- a host that lies ----

TEST_F(RingReaderTest, RejectsEveryBadWriteIndex) {
    for (uint32_t index : {1u, 4u, 25u, 28u, 4095u, 4096u, 4104u, 8192u, 0x80000000u, 0xFFFFFFF8u, 0xFFFFFFFFu}) {
        support::RingMemory fresh(4096);
        RingReader other;
        ASSERT_EQ(other.init(fresh.ring()), Status::Ok);
        support::RingHost(fresh).put(6, 0, 1, 2, Bytes()); // the packet itself is good
        fresh.control().write_index = index;
        EXPECT_EQ(other.next(MutableSpan(scratch.data(), scratch.size())).status(), Status::BadPacket) << index;
        EXPECT_TRUE(other.broken());
    }
}

TEST_F(RingReaderTest, RejectsLessThanTheSmallestPacket) {
    memory.control().write_index = 16;
    expect_broken();
}

TEST_F(RingReaderTest, RejectsLengthPastWriteIndex) {
    host.write_at(0, 6, 0, 1, 2, 10, Bytes(64));
    memory.control().write_index = 80; // the packet would need 88
    expect_broken();
}

// All lengths and offsets against all fill levels of a nearly empty ring.
TEST_F(RingReaderTest, JudgesEveryOffsetAndLength) {
    for (unsigned length8 = 0; length8 <= 8; length8++) {
        for (unsigned offset8 = 0; offset8 <= 10; offset8++) {
            for (uint32_t write = 24; write <= 72; write += 8) {
                support::RingMemory fresh(4096);
                support::SharedWatch fresh_watch(fresh);
                support::RingHost(fresh).write_at(0, 6, 0, 1, offset8, length8, Bytes());
                fresh.control().write_index = write;
                RingReader other;
                ASSERT_EQ(other.init(fresh.ring()), Status::Ok);
                const bool good = offset8 >= 2 && offset8 <= length8 && length8 * 8 + 8 <= write;
                EXPECT_EQ(other.next(MutableSpan(scratch.data(), scratch.size())).ok(), good)
                    << length8 << " " << offset8 << " " << write;
            }
        }
    }
}

// All bytes between the read index that the host knows and the cursor are the guest's.
TEST_F(RingReaderTest, RejectsAWriteIndexAmongUncommittedPackets) {
    for (uint32_t index = 0; index < 4096; index += 8) {
        support::RingMemory fresh(4096);
        support::RingHost fresh_host(fresh);
        RingReader other;
        ASSERT_EQ(other.init(fresh.ring()), Status::Ok);
        for (int i = 0; i < 3; i++) fresh_host.put(6, 0, 1, 2, Bytes(1000 - 24));
        for (int i = 0; i < 3; i++) ASSERT_TRUE(other.next(MutableSpan(scratch.data(), scratch.size())).ok());
        fresh.control().write_index = index;
        ASSERT_EQ(other.has_packets(), index != 3000);
        ASSERT_EQ(other.broken(), index < 3000) << index;
    }
}

TEST_F(RingReaderTest, RejectsTheLargestLength) {
    host.write_at(0, 6, 0, 1, 2, 0xFFFF, Bytes());
    memory.control().write_index = 4088;
    expect_broken();
}

TEST_F(RingReaderTest, KeepsJudgedHeaderWhenHostRewritesIt) {
    const Bytes body = pattern(64, 5);
    host.put(6, 1, 77, 2, body);
    watch.after_load = [this](size_t offset, size_t size) {
        if (offset >= 4096) memset(memory.data() + (offset - 4096), 0xFF, size);
        memory.control().write_index = 0xFFFFFFFF;
    };
    const Result<PacketView> packet = next();
    ASSERT_TRUE(packet.ok());
    EXPECT_EQ(packet.value().transaction_id(), 77u);
    EXPECT_EQ(to_bytes(packet.value().payload()), body);
    watch.after_load = nullptr;
    // The next index load sees the nonsense.
    EXPECT_EQ(next().status(), Status::BadPacket);
}

TEST_F(RingReaderTest, LoadsEachWordOncePerOperation) {
    host.put(6, 0, 1, 2, Bytes(8));
    host.put(6, 0, 2, 2, Bytes(8));
    watch.forget_counts();
    ASSERT_TRUE(next().ok());
    EXPECT_EQ(watch.control_loads(kWrite), 1u);
    ASSERT_TRUE(next().ok());
    EXPECT_EQ(watch.control_loads(kWrite), 1u); // still the first judged one
    EXPECT_EQ(watch.data_loads(), 4u);
    memory.control().pending_send_size = 64;
    ignore(reader.commit());
    EXPECT_EQ(watch.control_loads(kPending), 1u);
    EXPECT_EQ(watch.control_loads(kWrite), 2u);
    EXPECT_EQ(watch.control_loads(offsetof(hyperv::RingControl, read_index)), 0u);
    EXPECT_EQ(watch.data_stores(), 0u);
}

// Everything random, nothing may be read out of bounds (the watch and ASan say so).
TEST_F(RingReaderTest, SurvivesGarbage) {
    std::mt19937 random(20);
    for (int round = 0; round < 20000; round++) {
        support::RingMemory fresh(4096);
        support::SharedWatch fresh_watch(fresh);
        RingReader other;
        ASSERT_EQ(other.init(fresh.ring()), Status::Ok);
        fresh_watch.after_load = [&](size_t, size_t) {
            switch (random() % 8) {
            case 0: fresh.control().write_index = random() % 4096; break;
            case 1: fresh.control().pending_send_size = random(); break;
            case 2: fresh.control().feature_bits = random(); break;
            case 3: fresh.control().read_index = random(); break;
            default:
                support::RingHost(fresh).write_at(random() % 512 * 8, 6, 0, 1, random() % 6, random() % 40, Bytes());
                fresh.control().write_index = random() % 512 * 8;
            }
        };
        for (int step = 0; step < 30 && !other.broken(); step++) {
            ignore(other.next(MutableSpan(scratch.data(), random() % 300)));
            if (random() % 3 == 0) ignore(other.commit());
            if (random() % 3 == 0) ignore(other.finish());
        }
    }
}

// ---- masking ----

TEST_F(RingReaderTest, BeginMasksAndFinishUnmasks) {
    reader.begin();
    EXPECT_EQ(memory.control().interrupt_mask, 1u);
    EXPECT_EQ(reader.finish(), Drain::Done);
    EXPECT_EQ(memory.control().interrupt_mask, 0u);
}

TEST_F(RingReaderTest, FinishSeesWhatCameBeforeTheUnmask) {
    reader.begin();
    EXPECT_EQ(next().status(), Status::WouldBlock);
    host.put(6, 0, 1, 2, Bytes(8)); // masked: nobody signals this one
    EXPECT_EQ(reader.finish(), Drain::More);
    EXPECT_EQ(memory.control().interrupt_mask, 1u);
    ASSERT_TRUE(next().ok());
    EXPECT_EQ(reader.finish(), Drain::Done);
}

TEST_F(RingReaderTest, FinishHandsANewlyBrokenRingToNext) {
    reader.begin();
    memory.control().write_index = 3;
    EXPECT_EQ(reader.finish(), Drain::More);
    EXPECT_EQ(next().status(), Status::BadPacket);
    EXPECT_EQ(reader.finish(), Drain::Done); // no endless loop
    EXPECT_EQ(memory.control().interrupt_mask, 1u);
}

// ---- signals for freed space (protocol.md 3.5) ----

class SpaceSignal : public RingReaderTest {
protected:
    // Fills with `packets` packets of 512 bytes, reads `reads` of them, commits.
    Signal commit_after(uint32_t packets, uint32_t reads, uint32_t pending) {
        for (uint32_t i = 0; i < packets; i++) host.put(6, 0, 1, 2, Bytes(512 - 24));
        memory.control().pending_send_size = pending;
        for (uint32_t i = 0; i < reads; i++) EXPECT_TRUE(next().ok());
        return reader.commit();
    }
};

TEST_F(SpaceSignal, NoneWithoutAWaitingProducer) {
    EXPECT_EQ(commit_after(7, 7, 0), Signal::NotDue);
    EXPECT_EQ(memory.counters().signals_new_space, 0u);
}

// Exactly when the free space grows from `<= pending` to `> pending`.
TEST_F(SpaceSignal, DueExactlyWhenTheCommitCrossesPending) {
    for (uint32_t packets = 1; packets <= 7; packets++) {
        for (uint32_t reads = 1; reads <= packets; reads++) {
            for (uint32_t pending = 8; pending <= 4096 + 64; pending += 8) {
                support::RingMemory fresh(4096);
                support::SharedWatch fresh_watch(fresh);
                support::RingHost fresh_host(fresh);
                RingReader other;
                ASSERT_EQ(other.init(fresh.ring()), Status::Ok);
                for (uint32_t i = 0; i < packets; i++) fresh_host.put(6, 0, 1, 2, Bytes(512 - 24));
                for (uint32_t i = 0; i < reads; i++)
                    ASSERT_TRUE(other.next(MutableSpan(scratch.data(), scratch.size())).ok());
                fresh.control().pending_send_size = pending;
                const uint32_t before = 4096 - packets * 512;
                const uint32_t after = before + reads * 512;
                const bool due = before <= pending && after > pending;
                ASSERT_EQ(other.commit() == Signal::Due, due) << packets << " " << reads << " " << pending;
                ASSERT_EQ(fresh.counters().signals_new_space, due ? 1u : 0u);
                ASSERT_EQ(other.commit(), Signal::NotDue); // nothing new was read
            }
        }
    }
}

// Some peers store one less than what they need.
TEST_F(SpaceSignal, PendingNeedNotBeAMultipleOf8) {
    EXPECT_EQ(commit_after(7, 1, 1023), Signal::Due);
}

TEST_F(SpaceSignal, NoneForAHostThatPolls) {
    memory.control().feature_bits = 0;
    EXPECT_EQ(commit_after(7, 7, 1024), Signal::NotDue);
}

// Whoever reads by the loop of the head comment hears of it, although commit() saw it first.
TEST_F(SpaceSignal, ABadWriteIndexAtTheCommitEndsTheLoopWithBadPacket) {
    for (uint32_t i = 0; i < 7; i++) host.put(6, 0, 1, 2, Bytes(512 - 24));
    memory.control().pending_send_size = 1024 - 8;
    Status last = Status::Ok;
    int rounds = 0;
    reader.begin();
    do {
        while ((last = next().status()) == Status::Ok) {}
        memory.control().write_index = 0xFFFFFFF8;
        EXPECT_EQ(reader.commit(), Signal::NotDue);
        ASSERT_LT(++rounds, 4);
    } while (reader.finish() == Drain::More);
    EXPECT_EQ(last, Status::BadPacket);
}

// ---- a ring whose size is no power of two ----

class OddRing : public RingReaderTest {
protected:
    OddRing() : RingReaderTest(3 * 4096) {}
};

TEST_F(OddRing, WrapsWhereItEnds) {
    std::mt19937 random(7);
    uint64_t id = 0, expected = 0;
    for (int round = 0; round < 20000; round++) {
        for (int i = 0; i < 4; i++) {
            const uint32_t body = random() % 400 * 8;
            if (host.used() + body + 24 + 8 > memory.size()) break;
            ++id;
            host.put(6, 0, id, 2, pattern(body, static_cast<unsigned>(id)));
        }
        for (uint32_t i = random() % 6; i > 0; i--) {
            const Result<PacketView> packet = next();
            if (!packet.ok()) break;
            ASSERT_EQ(packet.value().transaction_id(), ++expected);
            const lis::Span payload = packet.value().payload();
            ASSERT_EQ(to_bytes(payload), pattern(payload.size(), static_cast<unsigned>(expected)));
        }
        ignore(reader.commit());
    }
    EXPECT_GT(expected, 10000u);
}

// ---- the tests can see ----

#ifdef __SANITIZE_ADDRESS__
TEST_F(RingReaderTest, DirectAccessToSharedMemoryIsReported) {
    const volatile unsigned char* const data = static_cast<unsigned char*>(memory.ring().data);
    EXPECT_DEATH(static_cast<void>(data[16]), "use-after-poison");
}
#endif

TEST_F(RingReaderTest, DoubleFetchIsReported) {
    watch.tolerate_double_fetches();
    unsigned char bytes[16];
    const unsigned char* const data = static_cast<unsigned char*>(memory.ring().data);
    lis::copy_in(bytes, data, 16);
    lis::copy_in(bytes, data + 4096 + 8, 8); // the same bytes in the second mapping
    EXPECT_EQ(watch.double_fetches(), 8u);
}

} // namespace
