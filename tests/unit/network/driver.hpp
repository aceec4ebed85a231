// SPDX-License-Identifier: GPL-2.0-only
// The shim of hv_netvsc in the tests' world: a host with a network adapter, and a driver that
// binds to it as the kernel's device model and network stack would let it.
#ifndef NETWORK_DRIVER_HPP
#define NETWORK_DRIVER_HPP

#include "bus/network_frames.hpp"
#include "netvsc/netvsc_core.h"

namespace network_test {

using bus_test::Bytes;

// One frame that was sent, as the network stack has it.
struct Packet {
    explicit Packet(const Bytes& bytes);
    ~Packet() { lis_os_pages_free(pages); }
    Packet(const Packet&) = delete;
    Packet& operator=(const Packet&) = delete;

    Bytes data;
    netvsc_frame frame = {};
    lis_os_pages* pages = nullptr; // the same data, from `first` on
    uint32_t first = 30;
    uint32_t ranges = 0; // that it is cut into; 0: as its pages want it
    int32_t result = 0;
    uint32_t sent = 0; // times that netvsc_shim_sent() was called
};

struct Arrival {
    uint32_t queue;
    netvsc_arrival said;
    Bytes bytes;
};

class NetworkDriver {
public:
    NetworkDriver(bus_test::World& world, std::shared_ptr<host::NetworkDevice> device);
    ~NetworkDriver();
    NetworkDriver(const NetworkDriver&) = delete;
    NetworkDriver& operator=(const NetworkDriver&) = delete;

    netvsc_options options = {8, 64, 8, 1500, 4, 1};
    static const int32_t kNever = 1;
    int32_t started = kNever; // what the last start has returned
    bool bound() const { return bound_; }
    netvsc* core() const { return core_; }
    const netvsc_info& info() const { return *netvsc_info_of(core_); }
    netvsc_state state() const;
    uint64_t counter(uint64_t netvsc_counters::*which) const; // of all queues
    lis_vmbus_channel* channel() const { return channel_; }
    host::NetworkDevice& host() { return *device_; }
    const host::Adapter& adapter() const { return device_->adapter(); }
    uint64_t drops(const char* reason) const; // as in debugfs; also after the driver has left
    void stop();
    int32_t start();
    // Everything is wanted.
    void listen();

    std::shared_ptr<Packet> make(const Bytes& bytes) { return std::make_shared<Packet>(bytes); }
    int32_t send(const std::shared_ptr<Packet>& packet, bool more = false, uint32_t queue = 0);
    std::shared_ptr<Packet> send(const Bytes& bytes, bool more = false, uint32_t queue = 0);
    void flush(uint32_t queue = 0);
    bool ready(uint32_t queue = 0);

    std::vector<Arrival> arrivals;
    std::vector<std::shared_ptr<Packet>> packets; // all that were sent
    uint32_t changes = 0;                         // netvsc_shim_changed()
    uint32_t wakes = 0;
    uint32_t schedules = 0;
    uint32_t budget = 64;
    bool no_memory = false;       // for frames that come
    uint32_t piece_bytes = 4096;  // in which their memory comes
    bool holds_polls = false;     // what comes waits; see poll_now()
    void poll_now();

    // ---- the border ----
    void polling(uint32_t queue, bool on);
    void schedule(uint32_t queue);
    void poll(uint32_t queue);
    uint32_t memory(uint32_t queue, uint32_t bytes, netvsc_piece* pieces);
    void receive(uint32_t queue, const netvsc_arrival& arrival);
    void changed() { changes++; }
    void wake() { wakes++; }

private:
    struct Poller {
        NetworkDriver* driver;
        uint32_t queue;
        lis_os_softirq* softirq;
        bool on;
        bool wanted;
        std::vector<Bytes> memory; // of the frame that is being received
    };
    static void on_softirq(void* self);
    void probe(bus_test::Device& device);
    void remove();
    void note_drops();

    bus_test::World& world_;
    std::shared_ptr<host::NetworkDevice> device_;
    lis_vmbus_channel* channel_ = nullptr;
    netvsc* core_ = nullptr;
    bool bound_ = false;
    uint32_t inside_ = 0; // who is in the core
    std::vector<std::unique_ptr<Poller>> pollers_;
    std::map<std::string, uint64_t> drops_;
};

} // namespace network_test

#endif
