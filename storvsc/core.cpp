// SPDX-License-Identifier: GPL-2.0-only
// The core's side of the border.
#include <lis/memory.hpp>

#include "controller.hpp"

using lis::Status;
using lis::to_errno;

struct storvsc* storvsc_create(struct lis_vmbus_channel* channel, const struct storvsc_options* options, void* context) {
    storvsc* const controller = lis::create<storvsc>();
    if (controller == nullptr)
        return nullptr;
    if (controller->init(channel, *options, context) != Status::Ok) {
        lis::destroy(controller);
        return nullptr;
    }
    return controller;
}

void storvsc_destroy(struct storvsc* controller) {
    lis::destroy(controller);
}

int32_t storvsc_start(struct storvsc* controller) {
    return controller->start();
}

void storvsc_stop(struct storvsc* controller) {
    controller->stop();
}

const struct storvsc_limits* storvsc_limits_of(const struct storvsc* controller) {
    return &controller->limits();
}

void storvsc_commit(struct storvsc* controller) {
    controller->commit();
}

uint32_t storvsc_outstanding(struct storvsc* controller) {
    return controller->outstanding();
}

int32_t storvsc_reset(struct storvsc* controller) {
    return to_errno(controller->reset());
}
