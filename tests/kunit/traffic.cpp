// SPDX-License-Identifier: GPL-2.0-only
// A ring under load. Sleepers rely on the ring's signals alone, so a signal that is
// not given ends as a time-out.
#include "kunit_core.h"

#include <lis/atomic.hpp>
#include <lis/lock.hpp>
#include <lis/memory.hpp>
#include <lis/ring.hpp>

namespace {

const uint32_t kPatienceMs = 10000;
const uint32_t kLargest = 2048; // bytes of a packet's payload

struct Heading {
    uint32_t producer;
    uint32_t number;
    uint32_t size; // of the payload, heading included; the ring pads it
};

class Event {
public:
    Event() : event_(nullptr) {}
    ~Event() { lis_os_event_destroy(event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    bool init() {
        event_ = lis_os_event_create();
        return event_ != nullptr;
    }
    void set() { lis_os_event_set(event_); }
    void reset() { lis_os_event_reset(event_); }
    int32_t wait() { return lis_os_wait(event_, kPatienceMs); }

private:
    lis_os_event* event_;
};

// Mostly small packets, sometimes one that is a good part of a small ring.
uint32_t size_of(uint32_t producer, uint32_t number) {
    const uint32_t filler = number % 61 == 0 ? (number * 193u) % 2000 : (number * 37u + producer * 11u) % 200;
    return static_cast<uint32_t>(sizeof(Heading)) + filler;
}

unsigned char filler(uint32_t producer, uint32_t number, uint32_t at) {
    return static_cast<unsigned char>(producer * 89u + number * 7u + at * 13u);
}

} // namespace

struct lis_kunit_traffic {
    lis::RingWriter<lis::ManyProducers<> > writer;
    lis::RingReader reader;
    lis::Mutex waiting; // want_space() is for one thread at a time
    Event data;
    Event space;
    uint32_t next[LIS_KUNIT_PRODUCERS];
    lis_kunit_traffic_counts counts;
    unsigned char outgoing[LIS_KUNIT_PRODUCERS][kLargest];
    unsigned char incoming[kLargest];
};

lis_kunit_traffic* lis_kunit_traffic_create(const lis_vmbus_ring* ring) {
    lis_kunit_traffic* const traffic = lis::create<lis_kunit_traffic>();
    if (traffic == nullptr)
        return nullptr;
    if (traffic->writer.init(*ring) != lis::Status::Ok || traffic->reader.init(*ring) != lis::Status::Ok ||
        !traffic->waiting.init(lis::LockRank::DriverControl) || !traffic->data.init() || !traffic->space.init()) {
        lis::destroy(traffic);
        return nullptr;
    }
    return traffic;
}

void lis_kunit_traffic_destroy(lis_kunit_traffic* traffic) {
    lis::destroy(traffic);
}

static int32_t wait_for_space(lis_kunit_traffic* traffic, uint32_t size) {
    lis::MutexGuard guard(traffic->waiting);
    for (;;) {
        traffic->space.reset(); // before the question, so that no signal after it is lost
        if (traffic->writer.want_space(size))
            return 0;
        lis::count(&traffic->counts.space_waits);
        const int32_t error = traffic->space.wait();
        if (error != 0)
            return error;
    }
}

static int32_t send(lis_kunit_traffic* traffic, uint32_t producer, uint32_t number) {
    unsigned char* const bytes = traffic->outgoing[producer];
    const Heading heading = {producer, number, size_of(producer, number)};
    for (uint32_t i = 0; i < heading.size - sizeof heading; i++)
        bytes[i] = filler(producer, number, i);
    const lis::Span pieces[] = {lis::Span(&heading, sizeof heading), lis::Span(bytes, heading.size - sizeof heading)};
    const lis::RingPacket packet = {hyperv::PacketType::InBand, true, uint64_t(number) + 1, pieces, 2, 0};

    for (;;) {
        const lis::Result<lis::Signal> sent = traffic->writer.send(packet);
        if (sent.ok()) {
            if (sent.value() == lis::Signal::Due) {
                lis::count(&traffic->counts.data_signals);
                traffic->data.set();
            }
            return 0;
        }
        if (sent.status() != lis::Status::WouldBlock)
            return lis::to_errno(sent.status());
        const int32_t error = wait_for_space(traffic, heading.size);
        if (error != 0)
            return error;
    }
}

int32_t lis_kunit_traffic_produce(lis_kunit_traffic* traffic, uint32_t producer, uint32_t count) {
    for (uint32_t number = 0; number < count; number++) {
        const int32_t error = send(traffic, producer, number);
        if (error != 0)
            return error;
    }
    return 0;
}

static int32_t judge(lis_kunit_traffic* traffic, const lis::PacketView& packet) {
    const lis::Span payload = packet.payload();
    Heading heading;
    if (packet.type() != hyperv::PacketType::InBand || !packet.complete() || payload.size() < sizeof heading)
        return -LIS_EBADMSG;
    __builtin_memcpy(&heading, payload.data(), sizeof heading);
    if (heading.producer >= LIS_KUNIT_PRODUCERS || heading.number != traffic->next[heading.producer])
        return -LIS_EBADMSG;
    traffic->next[heading.producer]++;
    if (!packet.completion_requested() || packet.transaction_id() != uint64_t(heading.number) + 1)
        return -LIS_EBADMSG;
    if (heading.size != size_of(heading.producer, heading.number) || payload.size() != ((heading.size + 7) & ~7u))
        return -LIS_EBADMSG;
    const unsigned char* const bytes = payload.data() + sizeof heading;
    for (uint32_t i = 0; i < heading.size - sizeof heading; i++)
        if (bytes[i] != filler(heading.producer, heading.number, i))
            return -LIS_EBADMSG;
    traffic->counts.bytes += heading.size;
    return 0;
}

static void commit(lis_kunit_traffic* traffic) {
    if (traffic->reader.commit() == lis::Signal::Due) {
        lis::count(&traffic->counts.space_signals);
        traffic->space.set();
    }
}

int32_t lis_kunit_traffic_consume(lis_kunit_traffic* traffic, uint32_t count) {
    const lis::MutableSpan scratch(traffic->incoming, sizeof traffic->incoming);
    uint32_t taken = 0;
    traffic->reader.begin();
    for (;;) {
        lis::Result<lis::PacketView> packet = traffic->reader.next(scratch);
        for (; packet.ok(); packet = traffic->reader.next(scratch)) {
            const int32_t error = judge(traffic, packet.value());
            if (error != 0)
                return error;
            if (++taken % 16 == 0)
                commit(traffic);
        }
        if (packet.status() != lis::Status::WouldBlock)
            return lis::to_errno(packet.status());
        commit(traffic);
        if (taken >= count)
            return taken > count || traffic->reader.has_packets() ? -LIS_EPROTO : 0;

        traffic->data.reset(); // before the mask goes, so that no signal after it is lost
        if (traffic->reader.finish() == lis::Drain::More)
            continue;
        lis::count(&traffic->counts.data_waits);
        const int32_t error = traffic->data.wait();
        if (error != 0)
            return error;
        traffic->reader.begin();
    }
}

void lis_kunit_traffic_report(const lis_kunit_traffic* traffic, lis_kunit_traffic_counts* counts) {
    *counts = traffic->counts;
}
