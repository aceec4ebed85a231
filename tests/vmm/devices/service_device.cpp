// SPDX-License-Identifier: GPL-2.0-only
#include "service_device.hpp"

#include <cctype>
#include <cstdio>

namespace vmm {

namespace {

const uint64_t kSecond = 1000000000;

const char* state_text(host::IcService::State state) {
    switch (state) {
    case host::IcService::State::Closed: return "closed";
    case host::IcService::State::Negotiating: return "negotiating";
    case host::IcService::State::Refused: return "refused";
    case host::IcService::State::Ready: break;
    }
    return "ready";
}

void set_versions(std::vector<host::ServiceVersion>* versions, const Json& arguments, const std::string& key) {
    std::vector<host::ServiceVersion> wanted;
    for (const std::string& text : text_arguments(arguments, key)) {
        unsigned major = 0, minor = 0;
        int end = 0;
        if (sscanf(text.c_str(), "%u.%u%n", &major, &minor, &end) != 2 || static_cast<size_t>(end) != text.size() || major > 99 ||
            minor > 99)
            throw Error(key + ": " + text + " is not a version like 3.0");
        wanted.push_back({static_cast<uint16_t>(major), static_cast<uint16_t>(minor)});
    }
    if (!wanted.empty()) *versions = wanted;
}

} // namespace

void set_service_keys(host::IcService& service, const Json& arguments) {
    set_versions(&service.versions, arguments, "version");
    set_versions(&service.frameworks, arguments, "framework");
    service.patience_ns = number_argument(arguments, "patience", 1, 86400, service.patience_ns / kSecond) * kSecond;
}

void check_service_keys(const Json& arguments, std::vector<std::string> keys) {
    keys.insert(keys.end(), {"version", "framework", "patience"});
    check_keys(arguments, keys);
}

int64_t signed_argument(const Json& arguments, const std::string& key) {
    if (!arguments.contains(key)) throw Error("needs " + key);
    if (!arguments[key].is_number_integer()) throw Error(key + ": a whole number is expected");
    return arguments[key].get<int64_t>();
}

Errand::Errand(const Surroundings& surroundings, const Json& arguments, const host::IcService& service)
    : service_(service), event_(surroundings.event), id_(text_argument(arguments, "id", "")),
      name_(text_argument(arguments, "driver", "")) {
    for (char& each : name_) each = static_cast<char>(toupper(static_cast<unsigned char>(each)));
}

void Errand::begin(const std::string& command) {
    if (!service_.ready()) throw Error(id_ + ": the guest does not use it (" + state_text(service_.state()) + ")");
    if (!command_.empty()) throw Error(id_ + ": " + command_ + " has not ended");
    command_ = command;
    last_ = Json();
}

void Errand::end(const host::IcAnswer& answer, Json details) { end(answer.text(), std::move(details)); }

void Errand::end(const std::string& result, Json details) {
    details["command"] = command_;
    details["result"] = result;
    last_ = details;
    command_.clear();
    tell(std::move(details));
}

void Errand::tell(Json data) const {
    data["id"] = id_;
    event_(name_, data);
}

Json Errand::status() const {
    Json status = {{"state", state_text(service_.state())}, {"busy", !command_.empty()}, {"violations", service_.violations()}};
    if (service_.ready()) {
        status["framework"] = service_.framework().text();
        status["version"] = service_.version().text();
    }
    if (!last_.is_null()) status["last"] = last_;
    return status;
}

} // namespace vmm
