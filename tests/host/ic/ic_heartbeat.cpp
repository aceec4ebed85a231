// SPDX-License-Identifier: GPL-2.0-only
#include "ic_heartbeat.hpp"

namespace host {

HeartbeatService::HeartbeatService(Platform& platform)
    : IcService(platform, "heartbeat", hyperv::IcType::Heartbeat, "57164f39-9115-4e78-ab55-382f3bd5422d",
                "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0", {{1, 0}, {3, 0}}) {}

void HeartbeatService::count(Counters& counters) const {
    IcService::count(counters);
    counters["alive"] = alive_ ? 1 : 0;
    counters["sequence"] = sequence_;
    counters["lost"] = lost_;
    counters["application_state"] = application_state_;
}

void HeartbeatService::on_ready(bool first) {
    if (first) beat();
}

void HeartbeatService::beat() {
    hyperv::IcHeartbeat message = {};
    const uint64_t sequence = sequence_;
    message.sequence.set(sequence);
    ask(message, [this, sequence](const IcAnswer& answer) { answered(answer, sequence); }, period_ns);
    if (ready()) platform().after(period_ns, while_open([this] { beat(); }));
}

void HeartbeatService::answered(const IcAnswer& answer, uint64_t sequence) {
    if (!answer.ok()) {
        if (answer.outcome != IcOutcome::Ended) lost_++;
        return set_alive(false);
    }
    const hyperv::IcHeartbeat message = answer.as<hyperv::IcHeartbeat>();
    if (message.sequence.get() != sequence + 1)
        violation("beat " + std::to_string(sequence) + " is answered with " + std::to_string(message.sequence.get()));
    sequence_ = sequence + 1;
    application_state_ = message.application_state.get();
    set_alive(true);
}

void HeartbeatService::set_alive(bool alive) {
    if (alive == alive_) return;
    alive_ = alive;
    if (on_change) on_change(alive);
}

} // namespace host
