// SPDX-License-Identifier: GPL-2.0-only
// Where somebody who asks the host waits for the answer: one question at a time. A
// question has a name, which the answer must bring; what comes late, twice or unasked
// finds nobody. Whoever gives up knows that nothing is written any more.
//
// begin() and wait(): the one who asks, process context. The others: any context.
#ifndef LIS_ANSWER_SLOT_HPP
#define LIS_ANSWER_SLOT_HPP

#include <lis/atomic.hpp>
#include <lis/os.h>
#include <lis/result.hpp>

namespace lis {

template <typename Answer>
class AnswerSlot {
public:
    AnswerSlot() : changed_(nullptr), state_(kIdle), name_(0), answer_() {}
    ~AnswerSlot() { lis_os_event_destroy(changed_); }
    AnswerSlot(const AnswerSlot&) = delete;
    AnswerSlot& operator=(const AnswerSlot&) = delete;

    LIS_MUST_USE Status init() {
        changed_ = lis_os_event_create();
        return changed_ == nullptr ? Status::NoMemory : Status::Ok;
    }

    // The name of the question that is sent next: 1 to 2^30 - 1.
    uint32_t begin() {
        name_ = name_ + 1 == kNameLimit ? 1 : name_ + 1;
        lis_os_event_reset(changed_);
        atomic_store(&state_, name_ << 2 | kAsked, __ATOMIC_RELEASE);
        return name_;
    }

    // The question was not sent after all. An answer that somebody has guessed is not looked at, and not written
    // into the next one's.
    void abandon() {
        static_cast<void>(wait(0, [] { return Status::Failed; }) == Status::Ok);
    }

    // fill(Answer&) writes the answer, in the same context. False: nobody waits for it.
    template <typename Fill>
    bool take(uint32_t name, Fill fill) {
        if (name >= kNameLimit || !atomic_compare_exchange(&state_, name << 2 | kAsked, name << 2 | kWritten))
            return false;
        fill(answer_);
        atomic_store(&state_, name << 2 | kAnswered, __ATOMIC_RELEASE);
        wake();
        return true;
    }

    // Who waits looks again at why it should not.
    void wake() { lis_os_event_set(changed_); }

    // why_not(): a Status other than Ok when no answer is to be expected any more. Ok: see
    // answer(). TimedOut, or what why_not() said.
    template <typename WhyNot>
    LIS_MUST_USE Status wait(uint32_t timeout_ms, WhyNot why_not) {
        const uint64_t deadline = lis_os_now_ns() + static_cast<uint64_t>(timeout_ms) * 1000000;
        for (;;) {
            if (phase() == kAnswered)
                return Status::Ok;
            Status status = why_not();
            const uint32_t left = ms_until(deadline);
            if (status == Status::Ok && left == 0)
                status = Status::TimedOut;
            if (status != Status::Ok && atomic_compare_exchange(&state_, name_ << 2 | kAsked, uint32_t{kIdle}))
                return status;
            // One that is being written at this moment is waited for.
            if (lis_os_wait(changed_, status != Status::Ok ? 1 : left) == 0 && phase() != kAnswered)
                lis_os_event_reset(changed_);
        }
    }

    const Answer& answer() const { return answer_; }

private:
    enum : uint32_t { kIdle = 0, kAsked = 1, kWritten = 2, kAnswered = 3 };
    static const uint32_t kNameLimit = 1u << 30;

    uint32_t phase() const { return atomic_load(&state_, __ATOMIC_ACQUIRE) & 3; }

    // A little less than what is left, never 0 before the deadline: i386 has no 64-bit division here.
    static uint32_t ms_until(uint64_t deadline) {
        const uint64_t now = lis_os_now_ns();
        return now >= deadline ? 0 : static_cast<uint32_t>((deadline - now) >> 20) + 1;
    }

    lis_os_event* changed_;
    uint32_t state_; // name << 2 | phase
    uint32_t name_;
    Answer answer_;
};

} // namespace lis

#endif
