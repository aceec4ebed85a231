// SPDX-License-Identifier: GPL-2.0-only
// Real threads on one ring, for ThreadSanitizer. RingReader plays the host, sleeps
// when the ring is empty and is woken only by the signals that are due; so do the
// senders when the ring is full. A signal that is missing ends in a timeout.
#include "support/ring_memory.hpp"

#include <lis/request_table.hpp>
#include <lis/ring.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>
#include <vector>

using lis::Drain;
using lis::ManyProducers;
using lis::MutableSpan;
using lis::OneProducer;
using lis::PacketView;
using lis::Result;
using lis::RingPacket;
using lis::RingReader;
using lis::RingWriter;
using lis::Signal;
using lis::Span;
using lis::Status;

namespace {

const std::chrono::seconds kPatience(30);

class Bell {
public:
    void ring() {
        std::lock_guard<std::mutex> lock(mutex_);
        rung_++;
        condition_.notify_all();
    }
    // Waits for a ring that is later than `seen`.
    bool wait(uint64_t& seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        const bool rung = condition_.wait_for(lock, kPatience, [&] { return rung_ != seen; });
        seen = rung_;
        return rung;
    }
    uint64_t rung() {
        std::lock_guard<std::mutex> lock(mutex_);
        return rung_;
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    uint64_t rung_ = 0;
};

uint32_t next_random(uint64_t& state) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33);
}

template <typename Producers>
class Traffic {
public:
    Traffic(uint32_t ring_bytes, unsigned producers, uint64_t packets, uint32_t largest)
        : memory_(ring_bytes), producers_(producers), packets_(packets), largest_(largest) {
        EXPECT_EQ(writer_.init(memory_.ring()), Status::Ok);
        EXPECT_EQ(reader_.init(memory_.ring()), Status::Ok);
    }

    void run() {
        std::vector<std::thread> threads;
        threads.emplace_back([this] { consume(); });
        for (unsigned i = 0; i < producers_; i++) threads.emplace_back([this, i] { produce(i); });
        for (std::thread& thread : threads) thread.join();
        EXPECT_FALSE(failed_) << failure_;
        EXPECT_EQ(received_, producers_ * packets_);
        EXPECT_GE(memory_.counters().signals_new_data, 1u);
    }

private:
    void fail(const char* what) {
        if (!failed_.exchange(true)) failure_ = what;
        data_bell_.ring();
        space_bell_.ring();
    }

    // Packet: its producer in the id's upper half, its number in the lower; every byte
    // follows from both.
    static unsigned char fill(uint64_t id) { return static_cast<unsigned char>(id * 31 + (id >> 32) * 7 + 1); }

    void produce(unsigned producer) {
        std::vector<unsigned char> bytes(largest_);
        uint64_t random = producer + 1;
        for (uint64_t number = 0; number < packets_ && !failed_; number++) {
            const uint64_t id = uint64_t(producer + 1) << 32 | number;
            const uint32_t size = next_random(random) % largest_;
            memset(bytes.data(), fill(id), size);
            const Span pieces[] = {Span(bytes.data(), size / 2), Span(bytes.data() + size / 2, size - size / 2)};
            const RingPacket packet = {hyperv::PacketType::InBand, false, id, pieces, 2, 0};
            const bool later = next_random(random) % 4 == 0 && number + 1 != packets_;
            while (!failed_) {
                const Status status = writer_.add(packet);
                if (status == Status::Ok) break;
                if (status != Status::WouldBlock) return fail("add");
                publish(); // of a batch that did not fit as a whole
                wait_for_space(size);
            }
            if (!later) publish();
        }
    }

    void publish() {
        if (writer_.publish() == Signal::Due) data_bell_.ring();
    }

    void wait_for_space(uint32_t size) {
        uint64_t seen;
        {
            std::lock_guard<std::mutex> lock(space_mutex_);
            seen = space_bell_.rung();
            if (writer_.want_space(size)) {
                if (waiters_ != 0) space_bell_.ring(); // they ask again: pending was theirs too
                return;
            }
            waiters_++;
        }
        if (!space_bell_.wait(seen)) fail("nobody says that there is space");
        std::lock_guard<std::mutex> lock(space_mutex_);
        waiters_--;
    }

    void consume() {
        std::vector<unsigned char> scratch(largest_ + 8);
        std::vector<uint64_t> next(producers_);
        uint64_t seen = 0;
        while (received_ != producers_ * packets_ && !failed_) {
            if (!data_bell_.wait(seen)) return fail("packets lie in the ring, and nobody says so");
            reader_.begin();
            do {
                for (unsigned taken = 0; taken < 16; taken++)
                    if (!take(scratch, next)) break;
                if (reader_.commit() == Signal::Due) space_bell_.ring();
            } while (!failed_ && (reader_.has_packets() || reader_.finish() == Drain::More));
        }
    }

    bool take(std::vector<unsigned char>& scratch, std::vector<uint64_t>& next) {
        const Result<PacketView> packet = reader_.next(MutableSpan(scratch.data(), scratch.size()));
        if (packet.status() == Status::WouldBlock) return false;
        if (!packet.ok()) return fail("the ring is broken"), false;
        const uint64_t id = packet.value().transaction_id();
        const uint64_t producer = (id >> 32) - 1;
        if (producer >= producers_ || next[producer]++ != (id & 0xFFFFFFFFu)) return fail("order of packets"), false;
        const Span payload = packet.value().payload();
        const size_t sure = payload.size() < 8 ? 0 : payload.size() - 7; // the rest may be padding
        for (size_t i = 0; i < sure; i++)
            if (payload.data()[i] != fill(id)) return fail("content of a packet"), false;
        received_++;
        return true;
    }

    support::RingMemory memory_;
    RingWriter<Producers> writer_;
    RingReader reader_;
    unsigned producers_;
    uint64_t packets_;
    uint32_t largest_;
    uint64_t received_ = 0;
    std::atomic<bool> failed_{false};
    std::string failure_;
    Bell data_bell_;
    Bell space_bell_;
    std::mutex space_mutex_;
    unsigned waiters_ = 0;
};

TEST(RingThreads, OneProducer) { Traffic<OneProducer>(8192, 1, 1000000, 200).run(); }
TEST(RingThreads, OneOfMany) { Traffic<ManyProducers<>>(8192, 1, 500000, 200).run(); }
TEST(RingThreads, TwoProducers) { Traffic<ManyProducers<>>(12288, 2, 400000, 200).run(); }
TEST(RingThreads, FourProducers) { Traffic<ManyProducers<>>(65536, 4, 250000, 200).run(); }
TEST(RingThreads, FewTicketsAndATightRing) { Traffic<ManyProducers<4>>(4096, 4, 40000, 1500).run(); }

TEST(RingThreads, LargeRingSmallPackets) { Traffic<ManyProducers<>>(512 * 1024, 3, 300000, 48).run(); }

// ---- the request table ----

struct Request {
    std::atomic<uint32_t> owners{0};
};

// Two adders, and two takers that try every id again and again: each id is taken once.
TEST(RequestTableThreads, EveryIdIsTakenOnce) {
    const uint32_t kCapacity = 100;
    const unsigned kAdders = 2;
    const uint64_t kRounds = 30000; // of each adder
    std::vector<uint64_t> memory(lis::RequestTable<Request>::memory_bytes(kCapacity) / 8 + 1);
    lis::RequestTable<Request> table;
    ASSERT_EQ(table.init(memory.data(), kCapacity), Status::Ok);

    std::vector<Request> requests(kCapacity);
    std::vector<std::atomic<uint64_t>> offered(kCapacity); // the last id of each request
    std::atomic<uint64_t> taken{0}, wrong{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kAdders; i++) {
        threads.emplace_back([&, i] {
            const uint32_t mine = kCapacity / kAdders;
            uint32_t at = 0;
            for (uint64_t added = 0; added < kRounds && wrong.load() == 0; at = (at + 1) % mine) {
                const uint32_t number = i * mine + at;
                if (requests[number].owners.load() != 0) {
                    std::this_thread::yield();
                    continue;
                }
                requests[number].owners.store(1);
                const Result<uint64_t> id = table.add(&requests[number]);
                if (!id.ok() || id.value() == 0) wrong++; // there is a slot for everybody
                offered[number].store(id.value());
                added++;
            }
        });
    }
    for (unsigned i = 0; i < 2; i++) {
        threads.emplace_back([&, i] {
            uint64_t random = i + 77;
            while (taken.load() != kAdders * kRounds && wrong.load() == 0) {
                const Result<Request*> request = table.take(offered[next_random(random) % kCapacity].load());
                if (!request.ok()) continue;
                if (request.value()->owners.fetch_sub(1) != 1) wrong++;
                taken++;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(wrong, 0u);
    EXPECT_EQ(taken, kAdders * kRounds);
    uint32_t index = 0;
    EXPECT_EQ(table.take_any(&index), nullptr);
}

} // namespace
