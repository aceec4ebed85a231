// SPDX-License-Identifier: GPL-2.0-only
// Our ring behind side.h.
#include <lis/request_table.hpp>
#include <lis/ring.hpp>
#include <stubs.h>

#include "side.h"

inline void* operator new(size_t, void* memory) { return memory; }

namespace {

using lis::Status;

template <typename Producers>
class Side {
public:
    static Side* open(void* control, uint32_t data_bytes) {
        Side* const side = new (bench_allocate(sizeof(Side))) Side;
        lis_vmbus_ring ring = {};
        ring.control = control;
        ring.data = static_cast<unsigned char*>(control) + sizeof(hyperv::RingControl);
        ring.data_bytes = data_bytes;
        ring.counters = static_cast<lis_vmbus_ring_counters*>(bench_allocate(sizeof(lis_vmbus_ring_counters)));
        void* const slots = bench_allocate(Requests::memory_bytes(BENCH_REQUESTS));
        bench_private(1);
        side->scratch_ = lis::MutableSpan(bench_allocate(BENCH_PACKET_BYTES), BENCH_PACKET_BYTES);
        bench_private(0);
        __builtin_memset(control, 0, sizeof(hyperv::RingControl));
        if (side->writer_.init(ring) != Status::Ok || side->reader_.init(ring) != Status::Ok ||
            side->requests_.init(slots, BENCH_REQUESTS) != Status::Ok)
            bench_log("ours: no ring\n");
        return side;
    }

    bool send(const void* payload, uint32_t bytes, void* request) {
        const lis::Result<uint64_t> id = requests_.add(request);
        if (!id.ok())
            return false;
        const lis::Span piece(payload, bytes);
        const lis::Result<lis::Signal> sent = writer_.send(packet_of(&piece, id.value()));
        if (!sent.ok()) {
            forget(id.value());
            return false;
        }
        signal(sent.value());
        return true;
    }

    uint32_t burst(const void* payload, uint32_t bytes, void* request, uint32_t count) {
        uint32_t sent = 0;
        while (sent < count && add(payload, bytes, request) == Status::Ok) sent++;
        signal(writer_.publish());
        return sent;
    }

    uint32_t drain() {
        uint32_t packets = 0;
        reader_.begin();
        do {
            for (;;) {
                const lis::Result<lis::PacketView> packet = reader_.next(scratch_);
                if (!packet.ok())
                    break;
                consume(packet.value());
                packets++;
            }
            signal(reader_.commit());
        } while (reader_.finish() == lis::Drain::More);
        return packets;
    }

private:
    typedef lis::RequestTable<void> Requests;

    Side() {}

    static void signal(lis::Signal signal) {
        if (signal == lis::Signal::Due)
            bench_signal();
    }

    static lis::RingPacket packet_of(const lis::Span* piece, uint64_t id) {
        const lis::RingPacket packet = {hyperv::PacketType::InBand, true, id, piece, 1, 0};
        return packet;
    }

    Status add(const void* payload, uint32_t bytes, void* request) {
        const lis::Result<uint64_t> id = requests_.add(request);
        if (!id.ok())
            return id.status();
        const lis::Span piece(payload, bytes);
        const Status status = writer_.add(packet_of(&piece, id.value()));
        if (status != Status::Ok)
            forget(id.value());
        return status;
    }

    __attribute__((noinline)) void forget(uint64_t id) {
        if (!requests_.take(id).ok())
            bench_log("ours: a request is not found\n");
    }

    void consume(const lis::PacketView& packet) {
        const lis::Result<void*> request = requests_.take(packet.transaction_id());
        if (!request.ok())
            bench_log("ours: a request is not found\n");
        const lis::Span payload = packet.payload();
        bench_consume(payload.data(), static_cast<uint32_t>(payload.size()), request.value());
    }

    lis::RingWriter<Producers> writer_;
    lis::RingReader reader_;
    Requests requests_;
    lis::MutableSpan scratch_;
};

typedef Side<lis::OneProducer> One;
typedef Side<lis::ManyProducers<>> Many;

} // namespace

#define DEFINE_SIDE(name, Type)                                                                          \
    void* bench_##name##_open(void* control, uint32_t data_bytes) { return Type::open(control, data_bytes); } \
    int bench_##name##_send(void* side, const void* payload, uint32_t bytes, void* request) {            \
        return static_cast<Type*>(side)->send(payload, bytes, request) ? 0 : -1;                         \
    }                                                                                                    \
    uint32_t bench_##name##_burst(void* side, const void* payload, uint32_t bytes, void* request, uint32_t count) { \
        return static_cast<Type*>(side)->burst(payload, bytes, request, count);                          \
    }                                                                                                    \
    uint32_t bench_##name##_drain(void* side) { return static_cast<Type*>(side)->drain(); }

DEFINE_SIDE(one, One)
DEFINE_SIDE(many, Many)
