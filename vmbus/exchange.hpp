// SPDX-License-Identifier: GPL-2.0-only
// Requests to the host and who waits for their answers. Every wait has a time
// limit, is ended by a rescind of its channel, and leaves nothing behind; an answer
// that nobody waits for any more goes back to the dispatcher, which acts on it.
#ifndef VMBUS_EXCHANGE_HPP
#define VMBUS_EXCHANGE_HPP

#include <hyperv/vmbus.h>
#include <lis/list.hpp>
#include <lis/lock.hpp>
#include <lis/result.hpp>

#include "counters.hpp"
#include "inbox.hpp"

namespace vmbus {

// Which answer belongs to a request. Unused keys are 0 on both sides.
struct AnswerKey {
    hyperv::MessageType type;
    uint32_t relid;
    uint32_t id; // GPADL handle or open id
};

class Exchange;

// One request, on the stack of the thread that waits: arm(), post, wait().
class Request : public lis::ListLink<Request> {
public:
    // owner: the relid whose rescind ends the wait; 0: none does.
    Request(Exchange& exchange, const AnswerKey& key, uint32_t owner);
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    // From now on the answer is caught. NoMemory.
    LIS_MUST_USE lis::Status arm();
    // Ok (the answer is in answer()), TimedOut or Rescinded.
    LIS_MUST_USE lis::Status wait(uint32_t timeout_ms);

    // As far as the host sent it; the rest is zero. Valid after wait() was Ok.
    template <typename T>
    const T& answer() const {
        static_assert(sizeof(T) <= sizeof answer_.bytes, "a control message");
        return *reinterpret_cast<const T*>(answer_.bytes);
    }

private:
    friend class Exchange;

    Exchange& exchange_;
    AnswerKey key_;
    uint32_t owner_;
    lis_os_event* done_;
    lis::Status status_; // WouldBlock while it waits
    ControlMessage answer_;
};

class Exchange {
public:
    explicit Exchange(Counters& counters) : counters_(counters) {}

    LIS_MUST_USE lis::Status init() {
        return lock_.init(lis::LockRank::Exchange) ? lis::Status::Ok : lis::Status::NoMemory;
    }

    // Hands an answer to its waiter; false: nobody waits for it.
    bool deliver(const AnswerKey& key, const ControlMessage& message);
    // Ends every wait of a channel with Rescinded. Any context.
    void abort(uint32_t owner);

private:
    friend class Request;

    Counters& counters_;
    lis::Spinlock lock_;
    lis::List<Request> waiting_;
};

} // namespace vmbus

#endif
