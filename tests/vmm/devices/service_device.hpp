// SPDX-License-Identifier: GPL-2.0-only
// What the kinds of integration services share: the keys that choose versions, the
// query of their state, and commands whose result comes later, as an event and in that query.
#ifndef VMM_DEVICES_SERVICE_DEVICE_HPP
#define VMM_DEVICES_SERVICE_DEVICE_HPP

#include <host/ic/ic_service.hpp>

#include "device_kind.hpp"

namespace vmm {

// The keys of all services, in the words of --help.
#define VMM_SERVICE_HELP \
    "    version=3.0       offers this version of the service, and no other; may be given several times\n" \
    "    framework=3.0     the same for versions of the framework\n" \
    "    patience=60       seconds until an answer counts as silence\n"

// Reads those keys. Throws Error.
void set_service_keys(host::IcService& service, const Json& arguments);
// keys and those of all services; throws Error for others.
void check_service_keys(const Json& arguments, std::vector<std::string> keys);
// A number that may be below 0. Throws Error.
int64_t signed_argument(const Json& arguments, const std::string& key);

// One command at a time. Locked as the service itself.
class Errand {
public:
    Errand(const Surroundings& surroundings, const Json& arguments, const host::IcService& service);

    // Throws Error if the guest does not use the service, or another command has not ended yet.
    void begin(const std::string& command);
    // Its result, also to the user's control connection; with the answer in words as "result".
    void end(const host::IcAnswer& answer, Json details = Json::object());
    void end(const std::string& result, Json details);
    // Something else that the user wants to know of.
    void tell(Json data) const;
    // For KIND-status.
    Json status() const;

private:
    const host::IcService& service_;
    std::function<void(const std::string& name, const Json& data)> event_;
    std::string id_, name_; // of the device, of its events
    std::string command_;   // under way; empty: none
    Json last_;
};

// A service with its errand; of them are the devices of a kind.
template <typename Service>
class ServiceDevice : public Service {
public:
    template <typename... Arguments>
    ServiceDevice(Surroundings& surroundings, const Json& arguments, Arguments&&... more)
        : Service(surroundings.platform, std::forward<Arguments>(more)...), errand(surroundings, arguments, *this) {
        set_service_keys(*this, arguments);
    }

    Errand errand;
};

} // namespace vmm

#endif
