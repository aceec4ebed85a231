// SPDX-License-Identifier: GPL-2.0-only
// The shims of hyperv_keyboard and hid_hyperv in the tests' world: a host with such a
// device, and a driver that binds to it as the kernel's device model would let it.
#ifndef INPUT_DRIVER_HPP
#define INPUT_DRIVER_HPP

#include "bus/world.hpp"
#include "hid_hyperv/hid_hyperv_core.h"
#include "host/input/keyboard.hpp"
#include "host/input/mouse.hpp"
#include "hyperv_keyboard/hyperv_keyboard_core.h"

namespace input_test {

class InputDriver {
public:
    InputDriver(bus_test::World& world, std::shared_ptr<host::InputDevice> device);
    virtual ~InputDriver() {}
    InputDriver(const InputDriver&) = delete;
    InputDriver& operator=(const InputDriver&) = delete;

    static const int32_t kNever = 1;
    int32_t started = kNever; // what the last start has returned
    bool bound() const { return bound_; }
    lis_vmbus_channel* channel() const { return channel_; }
    host::InputDevice& host_device() { return *device_; }
    host::Channel& host_channel();
    uint64_t drops(const char* reason) const; // as in debugfs; also after the driver has left
    // What comes of suspend and resume.
    void suspend() { stop(); }
    int32_t resume();

    // One event of the user's at the host, and how many of them have come.
    virtual void host_event() = 0;
    virtual uint64_t events() const = 0;

protected:
    virtual bool create(lis_vmbus_channel* channel) = 0;
    virtual int32_t start() = 0;
    virtual void stop_core() = 0;
    virtual void destroy() = 0;
    // Every event comes between start and stop, in a softirq.
    void check_event() const;

private:
    void probe(bus_test::Device& device);
    void remove();
    void stop();
    void note_drops();

    bus_test::World& world_;
    std::shared_ptr<host::InputDevice> device_;
    lis_vmbus_channel* channel_ = nullptr;
    bool bound_ = false;
    bool listening_ = false;
    std::map<std::string, uint64_t> drops_;
};

class KeyboardDriver : public InputDriver {
public:
    explicit KeyboardDriver(bus_test::World& world) : InputDriver(world, std::make_shared<host::Keyboard>()) {}
    host::Keyboard& host() { return static_cast<host::Keyboard&>(host_device()); }

    void host_event() override { host().press({0x1E, 0}); }
    uint64_t events() const override { return keys; }

    std::vector<unsigned char> codes;
    uint64_t keys = 0, presses = 0;
    void on_key(const uint8_t* code, uint32_t count, uint32_t press);

    static const uint32_t kQuestions = 1; // that the host is asked in a handshake
    static const uint32_t kAnswerMs = 10000;

protected:
    bool create(lis_vmbus_channel* channel) override;
    int32_t start() override { return hyperv_keyboard_start(core_); }
    void stop_core() override { hyperv_keyboard_stop(core_); }
    void destroy() override { hyperv_keyboard_destroy(core_); }

private:
    hyperv_keyboard* core_ = nullptr;
};

class MouseDriver : public InputDriver {
public:
    explicit MouseDriver(bus_test::World& world) : InputDriver(world, std::make_shared<host::Mouse>()) {}
    host::Mouse& host() { return static_cast<host::Mouse&>(host_device()); }

    void host_event() override { host().move(static_cast<uint16_t>(++moves_), 7); }
    uint64_t events() const override { return reports.size(); }

    int32_t attach_result = 0;
    uint32_t attaches = 0;
    std::vector<unsigned char> descriptor; // as it was attached
    uint16_t vendor = 0, product = 0, version = 0;
    std::vector<std::vector<unsigned char>> reports;
    int32_t on_attach(const hid_hyperv_description& description);
    void on_report(const uint8_t* report, uint32_t size);

    static const uint32_t kQuestions = 2;
    static const uint32_t kAnswerMs = 5000;

protected:
    bool create(lis_vmbus_channel* channel) override;
    int32_t start() override { return hid_hyperv_start(core_); }
    void stop_core() override { hid_hyperv_stop(core_); }
    void destroy() override { hid_hyperv_destroy(core_); }

private:
    hid_hyperv* core_ = nullptr;
    uint32_t moves_ = 0;
};

} // namespace input_test

#endif
