// SPDX-License-Identifier: GPL-2.0-only
#include "counters.hpp"

namespace vmbus {

static const char* const kNames[] = {
    "message_short",
    "message_unknown",
    "message_unexpected",
    "message_foreign",
    "message_oversize",
    "event_unknown",
    "offer_relid_range",
    "offer_relid_in_use",
    "offer_no_primary",
    "offer_duplicate",
    "offer_no_memory",
    "offer_ignored",
    "rescind_unknown",
    "rescind_twice",
    "connect_failed_state",
    "feature_not_requested",
    "late_open_result",
    "late_gpadl_created",
    "late_gpadl_torndown",
    "late_modify_response",
    "post_retry",
    "post_failed",
    "wait_timed_out",
    "inbox_full",
};
static_assert(sizeof kNames / sizeof kNames[0] == static_cast<uint32_t>(Counter::Count), "one name each");

const char* Counters::name(uint32_t index) {
    return index < static_cast<uint32_t>(Counter::Count) ? kNames[index] : nullptr;
}

} // namespace vmbus
