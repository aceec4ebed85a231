// SPDX-License-Identifier: GPL-2.0-only
// A driver in miniature on a channel of a hostile host: many requests at a time, found
// again by transaction id, answers with counted ranges inside. It believes nothing: what
// makes no sense is dropped, a ring that breaks is closed and opened anew.
//
// Every call into the bus has a longest time in which it must return, on the virtual
// clock: the sum of its documented limits.
#ifndef BUS_HOSTILE_CLIENT_HPP
#define BUS_HOSTILE_CLIENT_HPP

#include "os/random.hpp"
#include "world.hpp"

#include <lis/request_table.hpp>
#include <lis/ring.hpp>

namespace bus_test {

struct ClientCounts {
    uint64_t sent = 0;
    uint64_t completed = 0;
    uint64_t packets = 0;      // taken from the ring
    uint64_t unknown_ids = 0;  // completions of nothing that is outstanding
    uint64_t bad_payloads = 0;
    uint64_t bad_types = 0;
    uint64_t too_big = 0;
    uint64_t broken = 0;       // rings, receiving
    uint64_t send_broken = 0;
    uint64_t stalls = 0;       // no answer in time
    uint64_t opens = 0, failed_opens = 0, gpadls = 0, failed_gpadls = 0, moves = 0, failed_moves = 0;
};

// Runs call; a failure of the test if it takes more virtual time than that.
void in_time(const char* what, uint64_t limit_ms, const std::function<void()>& call);

class HostileClient {
public:
    HostileClient(lis_vmbus_channel* channel, uint64_t seed, ClientCounts& counts);
    ~HostileClient(); // after stop()
    HostileClient(const HostileClient&) = delete;
    HostileClient& operator=(const HostileClient&) = delete;

    // In the task: the channel has been opened; it is about to be closed, and with a primary
    // its sub-channels are.
    std::function<void()> opened, closing;

    // A task of its own, until stop() or the channel's end.
    void start();
    // Waits for the task; the channel is closed then.
    void stop();

private:
    static const uint32_t kRequests = 64;

    struct Request {
        uint32_t number = 0;
        bool outstanding = false;
    };

    void run();
    bool open();
    void close();
    void burst();
    void something_else();
    bool send();
    void on_event();
    void judge(const lis::PacketView& packet);
    void judge_payload(const lis::Span& payload);

    lis_vmbus_channel* channel_;
    testos::Random random_;
    ClientCounts& counts_;
    testos::Task* task_ = nullptr;
    lis_os_event* arrived_;
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
    lis::RequestTable<Request> table_;
    std::vector<unsigned char> table_memory_;
    Request requests_[kRequests];
    bool open_ = false;
    bool broken_ = false;
    bool stop_ = false;
    uint32_t outstanding_ = 0;
    uint32_t numbers_ = 0;
    unsigned char scratch_[4096];
};

} // namespace bus_test

#endif
