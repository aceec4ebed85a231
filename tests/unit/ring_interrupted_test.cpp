// SPDX-License-Identifier: GPL-2.0-only
// Producers that are interrupted, that sleep for laps, and that run out of tickets.
#include "support/private_steps.hpp"
#include "support/ring_writer_fixture.hpp"

using lis::ManyProducers;
using lis::Result;
using lis::Signal;
using lis::Status;
using support::HostPacket;
using support::ignore;
using support::padded;
using support::pattern;
using support::RingWriterTest;

namespace {

class Interrupted : public RingWriterTest<ManyProducers<>> {
protected:
    support::PrivateSteps steps;
};

// An interrupt handler on the same CPU sends too, before each step of a send.
TEST_F(Interrupted, AtEveryStepByAnotherSend) {
    unsigned step = 0;
    for (;; step++) {
        reset(4096);
        Result<Signal> inner = Status::Invalid;
        steps.interrupt_at(step, [&] { inner = send(2, 60); });
        const Result<Signal> outer = send(1, 100);
        if (!steps.interrupted()) break;
        ASSERT_TRUE(outer.ok());
        ASSERT_TRUE(inner.ok());
        ASSERT_EQ(host->used(), 16 + 104 + 8 + 16 + 64 + 8u) << step;
        ASSERT_TRUE(outer.value() == Signal::Due || inner.value() == Signal::Due) << step;
        const HostPacket first = host->take(), second = host->take();
        ASSERT_EQ(first.id + second.id, 3u);
        ASSERT_EQ(first.body, padded(pattern(first.id == 1 ? 100 : 60, static_cast<unsigned>(first.id))));
        ASSERT_EQ(second.body, padded(pattern(second.id == 1 ? 100 : 60, static_cast<unsigned>(second.id))));
    }
    steps.interrupt_at(0, nullptr);
    EXPECT_GE(step, 10u);
}

// The host reads whatever it can see before each step of a send; who sends then must
// not take the ring for full.
TEST_F(Interrupted, AtEveryStepByAFastHost) {
    unsigned step = 0;
    for (;; step++) {
        reset(4096);
        uint64_t received = 0;
        Result<Signal> inner = Status::Invalid;
        steps.interrupt_at(step, [&] {
            for (; host->used() != 0; received++) host->take();
            inner = send(2, 60);
        });
        ASSERT_TRUE(send(1, 100).ok());
        if (!steps.interrupted()) break;
        ASSERT_TRUE(inner.ok()) << step;
        for (; host->used() != 0; received++) host->take();
        ASSERT_EQ(received, 2u) << step;
    }
    steps.interrupt_at(0, nullptr);
    EXPECT_GE(step, 10u);
}

// A CPU sleeps before each step while the ring goes round exactly n times, the host
// reading all the while, and is then left full: the sleeper must not overwrite it.
TEST_F(Interrupted, AtEveryStepByWholeLaps) {
    for (unsigned laps = 1; laps <= 3; laps++) {
        unsigned step = 0;
        for (;; step++) {
            reset(4096);
            uint64_t next_id = 10, expected = 10;
            bool outer_seen = false;
            auto receive = [&] {
                const HostPacket packet = host->take();
                if (packet.id == 1) {
                    outer_seen = true;
                    return;
                }
                ASSERT_EQ(packet.id, expected++);
                ASSERT_EQ(packet.body, pattern(512 - 24, static_cast<unsigned>(packet.id)));
            };
            steps.interrupt_at(step, [&] {
                for (unsigned i = 0; i < laps * 8; i++) {
                    if (!send(next_id, 512 - 24).ok()) break; // the sleeper has its ticket already
                    next_id++;
                    if (i < laps * 8 - 7)
                        while (host->used() != 0) receive();
                }
            });
            const Result<Signal> outer = send(1, 512 - 24);
            if (!steps.interrupted()) break;
            while (host->used() != 0) ASSERT_NO_FATAL_FAILURE(receive());
            ASSERT_EQ(expected, next_id) << "lost or overwritten; step " << step;
            ASSERT_EQ(outer.ok(), outer_seen) << step;
            ASSERT_TRUE(outer.ok() || outer.status() == Status::WouldBlock);
        }
        steps.interrupt_at(0, nullptr);
        EXPECT_GE(step, 10u);
    }
}

// Who is stopped between its ticket and done() keeps later packets back, and loses none.
TEST_F(Interrupted, UnfinishedPacketHoldsBackLaterOnes) {
    bool stopped = false;
    watch->before_access = [&](size_t offset, size_t, int access) {
        if (offset < 4096 || access != LIS_TEST_STORE || stopped) return;
        stopped = true; // the first store of packet 1's data
        for (uint64_t id = 2; id < 7; id++) ASSERT_TRUE(send(id, 40).ok());
        EXPECT_EQ(host->used(), 0u);
    };
    EXPECT_EQ(send(1, 100).value(), Signal::Due);
    expect_next(1, 100);
    for (uint64_t id = 2; id < 7; id++) expect_next(id, 40);
}

class FewTickets : public RingWriterTest<ManyProducers<4>> {};

TEST_F(FewTickets, MorePacketsInFlightWouldBlock) {
    for (uint64_t id = 0; id < 4; id++) ASSERT_EQ(add(id, 8), Status::Ok);
    EXPECT_EQ(add(4, 8), Status::WouldBlock);
    // Published packets are not in flight. Until then the host's whole ring is what
    // to wait for: only so the signal lies in the future.
    EXPECT_FALSE(writer->want_space(8));
    EXPECT_EQ(control().pending_send_size, 4096u - 8);
    EXPECT_EQ(writer->publish(), Signal::Due);
    EXPECT_TRUE(writer->want_space(8));
    EXPECT_EQ(add(4, 8), Status::Ok);
    ignore(writer->publish());
    for (uint64_t id = 0; id < 5; id++) expect_next(id, 8);
}

TEST_F(FewTickets, PendingCountsWhatTheHostDoesNotKnowOf) {
    ASSERT_EQ(add(0, 1000), Status::Ok); // in flight
    ASSERT_EQ(add(1, 1000), Status::Ok);
    EXPECT_FALSE(writer->want_space(2200));
    // For the host 4088 bytes are free, more than 2224: it would never signal for those.
    EXPECT_EQ(control().pending_send_size, 4088u);
    EXPECT_EQ(writer->publish(), Signal::Due);
}

// Packets that somebody added and did not publish travel with the next publisher.
TEST_F(FewTickets, OthersPublishWhatIsDone) {
    ASSERT_EQ(add(0, 8), Status::Ok);
    EXPECT_EQ(send(1, 8).value(), Signal::Due);
    expect_next(0, 8);
    expect_next(1, 8);
}

TEST_F(FewTickets, MarksOfEarlierRoundsMeanNothing) {
    for (uint64_t round = 0; round < 70000; round++) { // more than 16 bits of sequence numbers
        ASSERT_TRUE(send(round, 8).ok());
        ASSERT_EQ(host->take().id, round);
        ASSERT_EQ(host->used(), 0u);
    }
}

} // namespace
