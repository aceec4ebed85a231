// SPDX-License-Identifier: GPL-2.0-only
// What a synthetic device is to the bus. The bus owns its channels; a device reacts.
#ifndef HOST_DEVICE_HPP
#define HOST_DEVICE_HPP

#include <hyperv/vmbus.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace host {

class Channel;

// What the offer of a device says; the bus adds relid and connection id.
struct OfferDescription {
    hyperv::Guid class_id = {};
    hyperv::Guid instance = {};
    uint16_t flags = 0;
    uint16_t mmio_megabytes = 0;
    bool dedicated_interrupt = true;
    int monitor_id = -1; // below 0: none
    std::vector<unsigned char> user_data; // at most 120 bytes
};

// What a device has counted, by name, for statistics.
typedef std::map<std::string, uint64_t> Counters;

const uint32_t kOpenRefused = 0x8000FFFF;

class Device {
public:
    virtual ~Device() {}
    virtual OfferDescription describe() const = 0;
    // The rings are attached. 0: open; anything else goes to the guest as the failure.
    virtual uint32_t on_open(Channel& channel) = 0;
    // The guest closed, or the connection ended. The rings are gone when this returns.
    virtual void on_close(Channel& channel) = 0;
    // The guest signalled: it wrote, or made space. May run on a thread of the channel's own, with `mutex` held; then
    // only this device and its channels may be touched, and the bus by Platform::after().
    virtual void on_signal(Channel& channel) = 0;
    // The guest goes on on another host: what was agreed about versions is agreed anew.
    virtual void on_other_host(Channel& channel) { static_cast<void>(channel); }
    // True: on_signal() of several channels may run at the same time, without `mutex`; the device looks after itself.
    virtual bool serves_channels_at_once() const { return false; }
    // Of this device, behind whatever lock the model has.
    std::mutex mutex;
    // Adds what this device counts.
    virtual void count(Counters& counters) const { static_cast<void>(counters); }
};

// A GUID from its text form; the text is trusted.
hyperv::Guid guid(const char* text);

} // namespace host

#endif
