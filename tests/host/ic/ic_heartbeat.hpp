// SPDX-License-Identifier: GPL-2.0-only
// Heartbeat (protocol.md 4.3): a beat every two seconds. One that is not answered before
// the next is due is lost.
#ifndef HOST_IC_HEARTBEAT_HPP
#define HOST_IC_HEARTBEAT_HPP

#include "ic_service.hpp"

namespace host {

class HeartbeatService : public IcService {
public:
    explicit HeartbeatService(Platform& platform);

    void count(Counters& counters) const override;

    uint64_t period_ns = 2ull * 1000 * 1000 * 1000;

    bool alive() const { return alive_; } // the last beat was answered
    uint64_t sequence() const { return sequence_; }
    uint64_t lost() const { return lost_; }
    // As the guest says; hyperv::IcApplicationState, or a number that it has invented.
    uint32_t application_state() const { return application_state_; }
    // alive() has changed.
    std::function<void(bool alive)> on_change;

protected:
    void on_ready(bool first) override;

private:
    void beat();
    void answered(const IcAnswer& answer, uint64_t sequence);
    void set_alive(bool alive);

    bool alive_ = false;
    uint64_t sequence_ = 0;
    uint64_t lost_ = 0;
    uint32_t application_state_ = 0;
};

} // namespace host

#endif
