// SPDX-License-Identifier: GPL-2.0-only
#include "behaviour.hpp"

namespace host {

std::vector<Behaviour::Sending> Behaviour::apply(const Outgoing& message) {
    auto found = rules_.find(message.type);
    if (found == rules_.end()) return {Sending{message, 0, true}};
    Rule& rule = found->second;
    if (rule.skip > 0) {
        rule.skip--;
        return {Sending{message, 0, true}};
    }
    if (rule.times == 0) return {Sending{message, 0, true}};
    if (rule.times != UINT32_MAX) rule.times--;
    if (rule.silent) return {};

    Outgoing changed = message;
    if (rule.size >= 0) changed.bytes.resize(static_cast<size_t>(rule.size), 0xA5);
    if (rule.edit) rule.edit(changed);
    if (rule.hold) {
        held_.push_back(changed);
        return {};
    }
    return std::vector<Sending>(rule.copies, Sending{changed, rule.delay_ns, rule.delay_ns == 0});
}

std::vector<Outgoing> Behaviour::take_held() {
    std::vector<Outgoing> held;
    held.swap(held_);
    return held;
}

} // namespace host
