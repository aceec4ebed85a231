// SPDX-License-Identifier: GPL-2.0-only
// The ring's protocol in every order of its steps: two producers and a consumer that
// sleeps, a ring that is full, batches. RingReader plays the host.
#include "support/explorer.hpp"
#include "support/ring_host.hpp"

#include <lis/ring.hpp>

#include <gtest/gtest.h>
#include <new>

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
using support::Exploration;
using support::RingMemory;
using support::Scenario;

namespace {

const unsigned kConsumer = 0;
const uint64_t kStateLimit = 4000000;

enum class Host { Reads, Asleep };

template <typename Producers>
class World {
public:
    explicit World(Host host = Host::Reads) : memory_(4096), host_(host) {
        scenario_.reset = [this] { reset(); };
        scenario_.threads.push_back([this] { consume(); });
        scenario_.regions.push_back({&writer_, sizeof writer_});
        scenario_.regions.push_back({memory_.ring().control, 72});
        scenario_.verdict = [this](const std::vector<bool>& finished) { return verdict(finished); };
    }

    void add_producer(std::function<void()> body) { scenario_.threads.push_back(body); }
    // The thread that waits for room, woken when the consumer owes a signal.
    void set_blocked_sender(unsigned thread) { blocked_sender_ = static_cast<int>(thread); }
    void set_size(uint32_t bytes) { bytes_ = bytes; }
    void expect(uint64_t packets) { expected_ = packets; }

    Exploration explore() { return support::explore(scenario_, kStateLimit); }

    // ---- for producers ----

    Status add(uint64_t id) {
        const Packet packet(id, bytes_);
        return writer().add(packet.ring_packet());
    }

    void publish() { pass_on(writer().publish()); }

    void send(uint64_t id) {
        if (!sent(id)) support::explorer_fail("no room in an empty ring");
    }

    void try_send(uint64_t id) {
        if (!sent(id)) refused_++;
    }

    // Waits for room as often as it takes.
    void send_or_wait(uint64_t id) {
        while (!sent(id))
            if (!writer().want_space(bytes_)) support::sleep_until_woken();
    }

private:
    struct Packet {
        Packet(uint64_t packet_id, uint32_t size) : piece(bytes, size), id(packet_id) {
            memset(bytes, static_cast<int>(id), size);
        }
        RingPacket ring_packet() const { return RingPacket{hyperv::PacketType::InBand, false, id, &piece, 1, 0}; }
        unsigned char bytes[2560];
        Span piece;
        uint64_t id;
    };

    bool sent(uint64_t id) {
        const Packet packet(id, bytes_);
        const Result<Signal> result = writer().send(packet.ring_packet());
        if (!result.ok()) return false;
        pass_on(result.value());
        return true;
    }

    void pass_on(Signal signal) {
        if (signal != Signal::Due) return;
        signals_++;
        support::wake(kConsumer);
    }

    RingWriter<Producers>& writer() { return *reinterpret_cast<RingWriter<Producers>*>(writer_); }

    void reset() {
        memset(memory_.ring().control, 0, 4096);
        memset(writer_, 0, sizeof writer_);
        new (writer_) RingWriter<Producers>;
        lis::Status status = writer().init(memory_.ring());
        if (status == Status::Ok) status = reader_.init(memory_.ring());
        if (status != Status::Ok) abort();
        received_ = seen_ = signals_ = refused_ = 0;
    }

    void consume() {
        while (host_ == Host::Reads) {
            support::sleep_until_woken();
            reader_.begin();
            do {
                drain();
                if (reader_.commit() == Signal::Due && blocked_sender_ >= 0)
                    support::wake(static_cast<unsigned>(blocked_sender_));
            } while (reader_.finish() == Drain::More);
        }
    }

    void drain() {
        unsigned char scratch[2560];
        for (;;) {
            const Result<PacketView> packet = reader_.next(MutableSpan(scratch, sizeof scratch));
            if (packet.status() == Status::WouldBlock) return;
            if (!packet.ok()) return support::explorer_fail("the reader calls the ring broken");
            const uint64_t id = packet.value().transaction_id();
            const Span payload = packet.value().payload();
            for (size_t i = 0; i < bytes_; i++)
                if (payload.data()[i] != id) return support::explorer_fail("a packet is not what was sent");
            if (id == 0 || id > 32 || (seen_ >> id & 1) != 0) return support::explorer_fail("a packet came twice");
            seen_ |= uint64_t(1) << id;
            received_++;
        }
    }

    std::string verdict(const std::vector<bool>& finished) {
        for (unsigned i = 1; i < finished.size(); i++)
            if (!finished[i]) return "producer " + std::to_string(i) + " waits for ever";
        if (host_ == Host::Asleep) {
            drain();
            if (signals_ != 1) return "the first packet, and no other, is to be signalled";
        }
        if (received_ + refused_ != expected_)
            return std::to_string(expected_ - refused_ - received_) + " packets lie in the ring and nobody signals";
        if (signals_ == 0 || signals_ > expected_) return "number of signals";
        return std::string();
    }

    RingMemory memory_;
    Host host_;
    alignas(8) unsigned char writer_[sizeof(RingWriter<Producers>)];
    RingReader reader_;
    Scenario scenario_;
    uint32_t bytes_ = 16;
    uint64_t expected_ = 0;
    uint64_t received_ = 0;
    uint64_t seen_ = 0;
    uint64_t signals_ = 0;
    uint64_t refused_ = 0;
    int blocked_sender_ = -1;
};

void expect_good(const Exploration& result) {
    EXPECT_EQ(result.failure, "");
    EXPECT_GT(result.ends, 0u);
    testing::Test::RecordProperty("states", static_cast<int>(result.states));
    printf("             %llu states, %llu runs, %llu ends\n", static_cast<unsigned long long>(result.states),
           static_cast<unsigned long long>(result.runs), static_cast<unsigned long long>(result.ends));
}

TEST(RingExplore, OneProducerTwoPackets) {
    World<OneProducer> world;
    world.add_producer([&] {
        world.send(1);
        world.send(2);
    });
    world.expect(2);
    expect_good(world.explore());
}

TEST(RingExplore, OneOfManyTwoPackets) {
    World<ManyProducers<2>> world;
    world.add_producer([&] {
        world.send(1);
        world.send(2);
    });
    world.expect(2);
    expect_good(world.explore());
}

TEST(RingExplore, TwoProducersThatPublishThemselves) {
    World<ManyProducers<2>> world;
    for (uint64_t id = 1; id <= 2; id++)
        world.add_producer([&world, id] {
            if (world.add(id) != Status::Ok) support::explorer_fail("no room");
            world.publish();
        });
    world.expect(2);
    expect_good(world.explore());
}

TEST(RingExplore, TwoProducers) {
    World<ManyProducers<2>> world;
    world.add_producer([&] { world.send(1); });
    world.add_producer([&] { world.send(2); });
    world.expect(2);
    expect_good(world.explore());
}

TEST(RingExplore, BatchAndAnotherProducer) {
    World<ManyProducers<4>> world;
    world.add_producer([&] {
        if (world.add(1) != Status::Ok || world.add(2) != Status::Ok) support::explorer_fail("no room");
        world.publish();
    });
    world.add_producer([&] { world.send(3); });
    world.expect(3);
    expect_good(world.explore());
}

// The ring holds one of these packets.
TEST(RingExplore, OneProducerWaitsForRoom) {
    World<OneProducer> world;
    world.set_size(2048);
    world.set_blocked_sender(1);
    world.add_producer([&] {
        for (uint64_t id = 1; id <= 3; id++) world.send_or_wait(id);
    });
    world.expect(3);
    expect_good(world.explore());
}

// The ring holds one of two packets. Who waits must be woken, although what is in
// flight is unknown to the host; who does not wait may find the ring full.
TEST(RingExplore, OneOfManyWaitsForRoom) {
    World<ManyProducers<2>> world;
    world.set_size(2048);
    world.set_blocked_sender(1);
    world.add_producer([&] { world.send_or_wait(1); });
    world.add_producer([&] { world.try_send(2); });
    world.expect(2);
    expect_good(world.explore());
}

// A host that does not look before everybody has returned.

TEST(RingExplore, TwoProducersOfTwoPacketsHostAsleep) {
    World<ManyProducers<2>> world(Host::Asleep);
    world.add_producer([&] {
        world.try_send(1);
        world.try_send(2);
    });
    world.add_producer([&] {
        world.try_send(3);
        world.try_send(4);
    });
    world.expect(4);
    expect_good(world.explore());
}

} // namespace
