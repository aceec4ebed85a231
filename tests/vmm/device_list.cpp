// SPDX-License-Identifier: GPL-2.0-only
#include "device_list.hpp"

#include <algorithm>
#include <stdexcept>

#include "bus_versions.hpp"

namespace vmm {

namespace {

const uint64_t kMostAtOnce = 2000;

} // namespace

DeviceList::DeviceList(Loop& loop, Control& control) : loop_(loop), control_(control) { add_commands(); }

DeviceList::Entry& DeviceList::find(const std::string& id) {
    auto found = entries_.find(id);
    if (found == entries_.end()) throw Error("no device is called " + id);
    return found->second;
}

DeviceList::Entry& DeviceList::only(const DeviceKind& kind, const Json& arguments) {
    if (arguments.contains("id")) {
        Entry& entry = find(text_argument(arguments, "id"));
        if (entry.kind != &kind) throw Error(text_argument(arguments, "id") + " is of the kind " + entry.kind->name());
        return entry;
    }
    Entry* only = nullptr;
    for (auto& each : entries_) {
        if (each.second.kind != &kind) continue;
        if (only) throw Error("needs id: there is more than one " + std::string(kind.name()));
        only = &each.second;
    }
    if (!only) throw Error("there is no device of the kind " + std::string(kind.name()));
    return *only;
}

std::string DeviceList::name_for(const Json& arguments, const DeviceKind& kind) const {
    if (arguments.contains("id")) {
        const std::string id = text_argument(arguments, "id");
        if (id.empty()) throw Error("an empty id");
        if (entries_.count(id)) throw Error("a device is called " + id + " already");
        return id;
    }
    unsigned number = 0;
    while (entries_.count(kind.name() + std::to_string(number))) number++;
    return kind.name() + std::to_string(number);
}

std::string DeviceList::add(Json arguments) {
    const std::string driver = text_argument(arguments, "driver");
    DeviceKind* const kind = find_device_kind(driver);
    if (!kind) throw Error("no kind of device is called " + driver);
    const std::string id = name_for(arguments, *kind);
    Entry entry;
    entry.kind = kind;
    entry.arguments = std::move(arguments);
    entry.arguments["id"] = id;
    entry.instance = host::guid("6c69732d-6e67-4563-a86f-000000000000");
    entry.instance.bytes[14] = static_cast<unsigned char>(made_ >> 8);
    entry.instance.bytes[15] = static_cast<unsigned char>(made_++);
    if (host_) make(id, entry);
    entries_[id] = std::move(entry);
    order_.push_back(id);
    return id;
}

void DeviceList::make(const std::string& id, Entry& entry) {
    HostLink& host = *host_;
    entry.surroundings.reset(new Surroundings{
        host.platform(), host.memory(), host.bus(), loop_,
        [this](const std::string& name, const Json& data) { loop_.post([this, name, data] { control_.event(name, data); }); },
        entry.instance, [&host] { return host.share(); }});
    const auto guard = host.lock();
    try {
        entry.device = entry.kind->make(*entry.surroundings, entry.arguments);
    } catch (const Error& error) {
        throw Error(id + ": " + error.what());
    } catch (const Json::exception&) {
        throw Error(id + ": a value is of the wrong kind");
    }
    try {
        host.bus().add_device(entry.device);
    } catch (const std::length_error& error) {
        throw Error(id + ": " + error.what());
    }
}

void DeviceList::start(HostLink& host) {
    stop();
    host_ = &host;
    for (const std::string& id : order_) make(id, entries_[id]);
}

void DeviceList::stop() {
    if (!host_) return;
    {
        const auto guard = host_->lock();
        host_->bus().remove_all_devices();
    }
    for (auto& each : entries_) {
        each.second.device.reset();
        each.second.surroundings.reset();
    }
    buried_.clear();
    host_ = nullptr;
}

void DeviceList::bury(Entry entry) {
    buried_.push_back(std::move(entry));
    buried_.erase(std::remove_if(buried_.begin(), buried_.end(), [](const Entry& each) { return each.device.use_count() <= 1; }),
                  buried_.end());
}

void DeviceList::remove(const std::string& id) {
    Entry entry = std::move(find(id));
    entries_.erase(id);
    order_.erase(std::find(order_.begin(), order_.end(), id));
    if (!host_) return;
    {
        const auto guard = host_->lock();
        host_->bus().remove_device(*entry.device);
    }
    bury(std::move(entry));
}

size_t DeviceList::remove_kind(const std::string& driver) {
    const std::vector<std::string> ids = order_;
    size_t removed = 0;
    for (const std::string& id : ids) {
        if (driver != find(id).kind->name()) continue;
        remove(id);
        removed++;
    }
    return removed;
}

Json DeviceList::stats() const {
    Json result = Json::object();
    for (auto& each : entries_) {
        const Entry& entry = each.second;
        if (!entry.device) continue;
        host::Counters counters;
        entry.device->count(counters);
        uint64_t interrupts = 0, signals = 0, wakeups = 0;
        for (const host::Channel* channel : host_->bus().channels_of(*entry.device)) {
            interrupts += channel->interrupts();
            signals += channel->signals_from_guest();
            wakeups += channel->wakeups();
        }
        counters["interrupts"] = interrupts;
        counters["signals"] = signals;
        counters["wakeups"] = wakeups;
        result[each.first] = counters;
    }
    return result;
}

void DeviceList::add_commands() {
    control_.add_command("device_add", [this](Json arguments) {
        if (!host_) throw Error("there is no guest");
        const uint64_t count = number_argument(arguments, "count", 1, kMostAtOnce, 1);
        if (count > 1 && arguments.contains("id")) throw Error("count and id together");
        arguments.erase("count");
        for (uint64_t i = 1; i < count; i++) add(arguments);
        const std::string id = add(arguments);
        const auto guard = host_->lock();
        return Json{{"id", id}, {"relid", host_->bus().channel_of(*find(id).device)->relid()}};
    });
    control_.add_command("device_del", [this](const Json& arguments) {
        if (arguments.contains("driver")) return Json{{"removed", remove_kind(text_argument(arguments, "driver"))}};
        remove(text_argument(arguments, "id"));
        return Json::object();
    });
    // Whatever the guest has agreed on stays until it contacts the bus again.
    control_.add_command("bus-limit", [this](const Json& arguments) {
        const std::set<uint32_t> versions = versions_up_to(text_argument(arguments, "version"));
        if (!host_) throw Error("there is no guest");
        const auto guard = host_->lock();
        host_->bus().options.versions = versions;
        return Json::object();
    });
    for (DeviceKind* const kind : device_kinds()) add_commands_of(*kind);
}

void DeviceList::add_commands_of(DeviceKind& kind) {
    DeviceCommands commands;
    kind.add_commands(commands);
    for (auto& each : commands.all()) {
        const DeviceCommand command = each.second;
        control_.add_command(each.first, [this, &kind, command](const Json& arguments) {
            Entry& entry = only(kind, arguments);
            if (!entry.device) throw Error("there is no guest");
            const auto guard = host_->lock();
            return command(*entry.device, arguments);
        });
    }
}

} // namespace vmm
