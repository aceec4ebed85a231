// SPDX-License-Identifier: GPL-2.0-only
#include "exchange.hpp"

namespace vmbus {

using lis::SpinGuard;
using lis::Status;

static bool same_key(const AnswerKey& left, const AnswerKey& right) {
    return left.type == right.type && left.relid == right.relid && left.id == right.id;
}

Request::Request(Exchange& exchange, const AnswerKey& key, uint32_t owner)
    : exchange_(exchange), key_(key), owner_(owner), done_(nullptr), status_(Status::WouldBlock), answer_() {}

Request::~Request() {
    if (done_ == nullptr)
        return;
    {
        SpinGuard guard(exchange_.lock_);
        if (linked())
            exchange_.waiting_.remove(*this);
    }
    lis_os_event_destroy(done_);
}

Status Request::arm() {
    done_ = lis_os_event_create();
    if (done_ == nullptr)
        return Status::NoMemory;
    SpinGuard guard(exchange_.lock_);
    exchange_.waiting_.push_back(*this);
    return Status::Ok;
}

Status Request::wait(uint32_t timeout_ms) {
    const int32_t waited = lis_os_wait(done_, timeout_ms);
    SpinGuard guard(exchange_.lock_);
    // An answer that came between the time-out and here still counts.
    if (status_ == Status::WouldBlock && waited != 0) {
        exchange_.waiting_.remove(*this);
        exchange_.counters_.add(Counter::WaitTimedOut);
        status_ = Status::TimedOut;
    }
    return status_;
}

bool Exchange::deliver(const AnswerKey& key, const ControlMessage& message) {
    SpinGuard guard(lock_);
    for (Request& request : waiting_) {
        if (!same_key(request.key_, key))
            continue;
        waiting_.remove(request);
        __builtin_memcpy(request.answer_.bytes, message.bytes, message.size);
        request.answer_.size = message.size;
        request.status_ = Status::Ok;
        // The waiter may be gone as soon as the lock is released, not before.
        lis_os_event_set(request.done_);
        return true;
    }
    return false;
}

void Exchange::abort(uint32_t owner) {
    SpinGuard guard(lock_);
    waiting_.for_each([this, owner](Request& request) {
        if (request.owner_ != owner)
            return;
        waiting_.remove(request);
        request.status_ = Status::Rescinded;
        lis_os_event_set(request.done_);
    });
}

} // namespace vmbus
