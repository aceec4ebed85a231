// SPDX-License-Identifier: GPL-2.0-only
// A kind of device: its name on the command line and in commands, its keys, how one is made.
// One file for each in devices/, listed in devices/kinds.cpp.
#ifndef VMM_DEVICE_KIND_HPP
#define VMM_DEVICE_KIND_HPP

#include <memory>

#include <host/bus.hpp>

#include "control.hpp"
#include "memory.hpp"
#include "model_lock.hpp"

namespace vmm {

// What a device lives in, as long as the guest. Devices are made and destroyed on the main thread; what was
// given to platform.after() may come after a device's end: it holds a weak pointer.
struct Surroundings {
    host::Platform& platform;
    const Memory& memory; // where the guest's RAM lies
    host::Bus& bus;
    Loop& loop;
    // Says something to the user's control connection. Any thread.
    std::function<void(const std::string& name, const Json& data)> event;
    // For an instance GUID: the device's own, and the same at each start of the guest.
    hyperv::Guid instance;
    // On a thread of the device's own, or in an action of loop: while it is held no channel opens, closes or
    // goes away. A device takes its mutex behind it. Never wait for anything with it held.
    std::function<Sharing()> enter;
};

// Runs on the main thread with the model locked for itself. The device is one of the kind's own.
typedef std::function<Json(host::Device& device, const Json& arguments)> DeviceCommand;

class DeviceCommands {
public:
    // name is KIND-verb. The argument `id` names the device; without it the only one of its kind is meant.
    void add(const std::string& name, DeviceCommand command) { commands_[name] = std::move(command); }
    const std::map<std::string, DeviceCommand>& all() const { return commands_; }

private:
    std::map<std::string, DeviceCommand> commands_;
};

class DeviceKind {
public:
    virtual ~DeviceKind() {}
    virtual const char* name() const = 0;
    // Lines for --help, each with four spaces in front: the keys, then the commands.
    virtual const char* help() const = 0;
    // arguments: an object of the keys; `id` and `driver` may be in it. Runs with the model locked for itself,
    // at each start of the guest again. Throws Error, one clear line, for bad arguments and missing files.
    virtual std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) = 0;
    virtual void add_commands(DeviceCommands& commands) { static_cast<void>(commands); }
};

const std::vector<DeviceKind*>& device_kinds();
// Null: no such kind.
DeviceKind* find_device_kind(const std::string& name);

// ---- arguments ----

// Of --device: "KIND,key=value,key=value" to {"driver": KIND, key: value}. Whole numbers, on and off become numbers,
// true and false; a key that stands there twice becomes an array; ",," is a comma. Throws Error.
Json parse_device(const std::string& text);

// Throws Error for a key that is not one of these, id or driver.
void check_keys(const Json& arguments, const std::vector<std::string>& keys);
// These throw Error naming the key when the value is of the wrong kind, or missing where there is no fallback.
std::string text_argument(const Json& arguments, const std::string& key);
std::string text_argument(const Json& arguments, const std::string& key, const std::string& fallback);
uint64_t number_argument(const Json& arguments, const std::string& key, uint64_t low, uint64_t high);
uint64_t number_argument(const Json& arguments, const std::string& key, uint64_t low, uint64_t high, uint64_t fallback);
bool flag_argument(const Json& arguments, const std::string& key, bool fallback);
// A key that may be there several times.
std::vector<std::string> text_arguments(const Json& arguments, const std::string& key);

const char kGuidPattern[] = "12345678-9abc-def0-1234-56789abcdef0";
bool is_guid(const std::string& text);
hyperv::Guid guid_argument(const Json& arguments, const std::string& key);

} // namespace vmm

#endif
