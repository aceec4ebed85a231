// SPDX-License-Identifier: GPL-2.0-only
// What a host does to its own messages before they reach the guest. A well-behaved
// host has no rules; a test or a scenario adds some by message type.
#ifndef HOST_BEHAVIOUR_HPP
#define HOST_BEHAVIOUR_HPP

#include <hyperv/vmbus.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace host {

struct Outgoing;
// Runs when the message stands in the guest's slot, with what was sent in the end.
typedef std::function<void(const Outgoing&)> Delivered;

struct Outgoing {
    uint32_t type = 0;                // hyperv::MessageType, or nonsense
    std::vector<unsigned char> bytes; // header included
    uint32_t synic_type = 1;          // that of VMBus, hyperv::kSynicMessageChannel
    Delivered delivered;
};

struct Rule {
    uint32_t skip = 0;            // messages that pass before the rule applies
    uint32_t times = UINT32_MAX;  // messages that it applies to
    bool silent = false;          // never sent
    bool hold = false;            // kept until Behaviour::take_held()
    uint32_t copies = 1;
    uint64_t delay_ns = 0;        // overtaken by whatever is sent meanwhile
    int32_t size = -1;            // cut, or lengthened with 0xA5
    std::function<void(Outgoing&)> edit; // last word on the bytes
};

class Behaviour {
public:
    // The rule for a type, made when there is none.
    Rule& on(hyperv::MessageType type) { return rules_[static_cast<uint32_t>(type)]; }
    void forget(hyperv::MessageType type) { rules_.erase(static_cast<uint32_t>(type)); }
    void forget_all() { rules_.clear(); }

    struct Sending {
        Outgoing message;
        uint64_t delay_ns;
        bool ordered; // false: may be overtaken
    };
    // What becomes of one message: nothing, itself, or several.
    std::vector<Sending> apply(const Outgoing& message);
    // Held messages, in the order of sending; nothing is held afterwards.
    std::vector<Outgoing> take_held();

private:
    std::map<uint32_t, Rule> rules_;
    std::vector<Outgoing> held_;
};

} // namespace host

#endif
