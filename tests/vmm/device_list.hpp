// SPDX-License-Identifier: GPL-2.0-only
// The devices that the user has asked for: made anew for each start of the guest, added and
// removed while it runs. Main thread.
#ifndef VMM_DEVICE_LIST_HPP
#define VMM_DEVICE_LIST_HPP

#include "device_kind.hpp"
#include "host_link.hpp"

namespace vmm {

class DeviceList {
public:
    // Adds device_add, device_del and the commands of all kinds to control.
    DeviceList(Loop& loop, Control& control);
    ~DeviceList() { stop(); }
    DeviceList(const DeviceList&) = delete;
    DeviceList& operator=(const DeviceList&) = delete;

    // arguments as of device_add. Offers the device if there is a guest. Returns its id. Throws Error.
    std::string add(Json arguments);
    void remove(const std::string& id);
    // All of a kind. Returns how many.
    size_t remove_kind(const std::string& driver);
    // Makes and offers all devices for a new guest. Throws Error.
    void start(HostLink& host);
    // The vCPUs stand still for good: takes all devices off the bus, and ends them.
    void stop();
    // By id. With the model locked.
    Json stats() const;

private:
    struct Entry {
        DeviceKind* kind;
        Json arguments;
        hyperv::Guid instance;
        std::unique_ptr<Surroundings> surroundings; // both while there is a guest
        std::shared_ptr<host::Device> device;
    };

    Entry& find(const std::string& id);
    Entry& only(const DeviceKind& kind, const Json& arguments);
    std::string name_for(const Json& arguments, const DeviceKind& kind) const;
    void make(const std::string& id, Entry& entry);
    void bury(Entry entry);
    void add_commands();
    void add_commands_of(DeviceKind& kind);

    Loop& loop_;
    Control& control_;
    HostLink* host_ = nullptr;
    std::map<std::string, Entry> entries_;
    std::vector<std::string> order_; // of their adding, which is that of their offers
    // Removed, but a revoked channel may still refer to it: destroyed here, on the main thread and unlocked.
    std::vector<Entry> buried_;
    unsigned made_ = 0;
};

} // namespace vmm

#endif
