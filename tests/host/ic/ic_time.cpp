// SPDX-License-Identifier: GPL-2.0-only
#include "ic_time.hpp"

namespace host {

namespace {
const uint64_t kUnixEpoch = 116444736000000000; // in units of host time
}

uint64_t host_time_from_unix(int64_t ns) { return kUnixEpoch + static_cast<uint64_t>(ns / 100); }

TimeSyncService::TimeSyncService(Platform& platform, std::function<int64_t()> unix_ns)
    : IcService(platform, "timesync", hyperv::IcType::TimeSync, "9527e630-d0ae-497b-adce-e80ab0175caf",
                "2dd1ce17-079e-403c-b352-a1921ee207ee", {{1, 0}, {3, 0}, {4, 0}}),
      unix_ns_(std::move(unix_ns)) {}

void TimeSyncService::count(Counters& counters) const {
    IcService::count(counters);
    counters["syncs"] = syncs_;
    counters["samples"] = samples_;
}

void TimeSyncService::on_ready(bool first) {
    if (syncs_at_start || !first) send(hyperv::kIcTimeSync, [](const IcAnswer&) {});
    if (first) sample();
}

void TimeSyncService::on_other_host(Channel& channel) {
    offset_ns += next_host_ahead_ns;
    IcService::on_other_host(channel);
}

void TimeSyncService::sample() {
    send(hyperv::kIcTimeSample, [this](const IcAnswer& answer) {
        if (answer.outcome != IcOutcome::Ended) platform().after(sample_period_ns, while_open([this] { sample(); }));
    });
}

void TimeSyncService::send(uint8_t flags, IcDone done) {
    if (flags & hyperv::kIcTimeSync) syncs_++;
    if (flags & hyperv::kIcTimeSample) samples_++;
    const uint64_t now = host_time_from_unix(unix_ns_() + offset_ns);
    if (version() < ServiceVersion{4, 0}) {
        hyperv::IcTime message = {};
        message.host_time.set(now);
        message.flags = flags;
        return ask(message, std::move(done));
    }
    hyperv::IcTime4 message = {};
    message.host_time.set(now);
    message.reference_time.set(platform().reference_time());
    message.flags = flags;
    ask(message, std::move(done));
}

} // namespace host
