// SPDX-License-Identifier: GPL-2.0-only
// Time synchronisation (protocol.md 4.5): once the clock as it must be, then samples of
// it. What the guest answers has no content.
#ifndef HOST_IC_TIME_HPP
#define HOST_IC_TIME_HPP

#include "ic_service.hpp"

namespace host {

// 100 ns since 1601-01-01 UTC, from ns since 1970.
uint64_t host_time_from_unix(int64_t ns);

class TimeSyncService : public IcService {
public:
    // unix_ns: the host's clock.
    TimeSyncService(Platform& platform, std::function<int64_t()> unix_ns);

    void on_other_host(Channel& channel) override;
    void count(Counters& counters) const override;

    uint64_t sample_period_ns = 5ull * 1000 * 1000 * 1000; // behind each answer
    int64_t offset_ns = 0;                                 // what the guest is told is so much later
    int64_t next_host_ahead_ns = 10ll * 1000 * 1000 * 1000; // of a migration: its clock compared to this one's
    bool syncs_at_start = true;

    // flags: hyperv::IcTimeFlags.
    void send(uint8_t flags, IcDone done);

protected:
    void on_ready(bool first) override;

private:
    void sample();

    std::function<int64_t()> unix_ns_;
    uint64_t syncs_ = 0, samples_ = 0;
};

} // namespace host

#endif
