// SPDX-License-Identifier: GPL-2.0-only
#include "driver.hpp"

#include <gtest/gtest.h>

namespace input_test {

InputDriver::InputDriver(bus_test::World& world, std::shared_ptr<host::InputDevice> device)
    : world_(world), device_(device) {
    world.on_add = [this](bus_test::Device& added) { probe(added); };
    world.on_remove = [this](bus_test::Device&) { remove(); };
    world.bus.add_device(device_);
}

host::Channel& InputDriver::host_channel() { return *world_.bus.channel_of(*device_); }

void InputDriver::probe(bus_test::Device& device) {
    channel_ = device.channel;
    if (!create(channel_)) {
        started = -LIS_ENOMEM;
        return;
    }
    listening_ = true;
    started = start();
    bound_ = started == 0;
    note_drops();
    if (bound_) return;
    listening_ = false;
    destroy();
}

void InputDriver::remove() {
    if (bound_) {
        stop();
        destroy();
        bound_ = false;
    }
    note_drops();
    channel_ = nullptr;
}

void InputDriver::stop() {
    stop_core();
    listening_ = false;
}

int32_t InputDriver::resume() {
    listening_ = true;
    started = start();
    listening_ = started == 0;
    return started;
}

void InputDriver::note_drops() {
    const char* name;
    uint64_t value = 0;
    for (uint32_t i = 0; (name = vmbus_core_channel_counter(channel_, i, &value)) != nullptr; i++) drops_[name] = value;
}

uint64_t InputDriver::drops(const char* reason) const {
    if (channel_ != nullptr) const_cast<InputDriver*>(this)->note_drops();
    return drops_.at(std::string("drop_") + reason);
}

void InputDriver::check_event() const { EXPECT_TRUE(listening_) << "an event after stop"; }

// ---- keyboard ----

bool KeyboardDriver::create(lis_vmbus_channel* channel) {
    core_ = hyperv_keyboard_create(channel, this);
    return core_ != nullptr;
}

void KeyboardDriver::on_key(const uint8_t* code, uint32_t count, uint32_t press) {
    check_event();
    EXPECT_TRUE(count == 1 || count == 2);
    codes.insert(codes.end(), code, code + count);
    keys++;
    presses += press;
}

// ---- mouse ----

bool MouseDriver::create(lis_vmbus_channel* channel) {
    core_ = hid_hyperv_create(channel, this);
    return core_ != nullptr;
}

int32_t MouseDriver::on_attach(const hid_hyperv_description& description) {
    attaches++;
    vendor = description.vendor;
    product = description.product;
    version = description.version;
    descriptor.assign(description.descriptor, description.descriptor + description.descriptor_bytes);
    return attach_result;
}

void MouseDriver::on_report(const uint8_t* report, uint32_t size) {
    check_event();
    EXPECT_GT(attaches, 0u) << "a report before there is a device";
    reports.emplace_back(report, report + size);
}

} // namespace input_test

// ---- the shims' side of the cores ----

void hyperv_keyboard_shim_key(void* context, const uint8_t* codes, uint32_t count, uint32_t press) {
    static_cast<input_test::KeyboardDriver*>(context)->on_key(codes, count, press);
}

int32_t hid_hyperv_shim_attach(void* context, const struct hid_hyperv_description* description) {
    return static_cast<input_test::MouseDriver*>(context)->on_attach(*description);
}

void hid_hyperv_shim_report(void* context, const uint8_t* report, uint32_t size) {
    static_cast<input_test::MouseDriver*>(context)->on_report(report, size);
}
