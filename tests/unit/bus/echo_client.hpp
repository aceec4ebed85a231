// SPDX-License-Identifier: GPL-2.0-only
// A driver in miniature: opens a channel, sends numbered packets to the host's echo
// device and checks what comes back.
#ifndef BUS_ECHO_CLIENT_HPP
#define BUS_ECHO_CLIENT_HPP

#include "world.hpp"

#include <lis/ring.hpp>

namespace bus_test {

class EchoClient {
public:
    explicit EchoClient(lis_vmbus_channel* channel) : channel_(channel) {}
    ~EchoClient();
    EchoClient(const EchoClient&) = delete;
    EchoClient& operator=(const EchoClient&) = delete;

    uint32_t dispatch = LIS_VMBUS_DISPATCH_SOFTIRQ;
    uint32_t cpu = LIS_VMBUS_CPU_ANY;
    uint32_t pages = 3; // of each ring

    int32_t open();
    void close() { lis_vmbus_channel_close(channel_); }
    // Sends count packets and waits for their echoes; false: not all came in time.
    bool exchange(uint32_t count, uint32_t bytes = 40, uint32_t timeout_ms = 1000);
    uint32_t rescinds() const { return rescinds_; }
    uint32_t wrong() const { return wrong_; } // echoes that differ

private:
    void on_event();
    bool send(uint32_t number, uint32_t bytes);

    lis_vmbus_channel* channel_;
    lis_os_event* arrived_ = nullptr;
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
    bool ready_ = false;
    uint32_t sent_ = 0;
    uint32_t received_ = 0;
    uint32_t rescinds_ = 0;
    uint32_t wrong_ = 0;
    unsigned char scratch_[8192];
};

} // namespace bus_test

#endif
