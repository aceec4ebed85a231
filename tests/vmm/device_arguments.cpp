// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <cctype>

#include "device_kind.hpp"

namespace vmm {

namespace {

const size_t kLongestNumber = 18; // digits; fits 64 bits

Json value_of(const std::string& text) {
    if (text == "on" || text == "true") return true;
    if (text == "off" || text == "false") return false;
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char each) { return isdigit(each); });
    // What begins with 0 is a name of digits: as a number it would lose them.
    if (digits && text.size() <= kLongestNumber && (text == "0" || text[0] != '0')) return std::stoull(text);
    return text;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts(1);
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != ',') {
            parts.back().push_back(text[i]);
        } else if (i + 1 < text.size() && text[i + 1] == ',') {
            parts.back().push_back(',');
            i++;
        } else {
            parts.emplace_back();
        }
    }
    return parts;
}

void add_value(Json& arguments, const std::string& key, const Json& value) {
    if (!arguments.contains(key)) arguments[key] = value;
    else if (arguments[key].is_array()) arguments[key].push_back(value);
    else arguments[key] = Json::array({arguments[key], value});
}

std::string as_text(const Json& value, const std::string& key) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_integer()) return std::to_string(value.get<int64_t>());
    if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
    throw Error(key + ": a text is expected");
}

const Json& required(const Json& arguments, const std::string& key) {
    if (!arguments.contains(key)) throw Error("needs " + key);
    return arguments[key];
}

} // namespace

Json parse_device(const std::string& text) {
    const std::vector<std::string> parts = split(text);
    if (parts[0].empty()) throw Error("needs a kind of device");
    if (!find_device_kind(parts[0])) throw Error("no kind of device is called " + parts[0]);
    Json arguments = {{"driver", parts[0]}};
    for (size_t i = 1; i < parts.size(); i++) {
        const size_t equals = parts[i].find('=');
        if (equals == 0 || equals == std::string::npos) throw Error("\"" + parts[i] + "\" is not key=value");
        const std::string key = parts[i].substr(0, equals);
        if (key == "driver" || (key == "id" && arguments.contains("id"))) throw Error(key + " cannot be given here");
        add_value(arguments, key, value_of(parts[i].substr(equals + 1)));
    }
    return arguments;
}

void check_keys(const Json& arguments, const std::vector<std::string>& keys) {
    for (auto item = arguments.begin(); item != arguments.end(); ++item) {
        if (item.key() == "id" || item.key() == "driver") continue;
        if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) throw Error("unknown key " + item.key());
    }
}

std::string text_argument(const Json& arguments, const std::string& key) { return as_text(required(arguments, key), key); }

std::string text_argument(const Json& arguments, const std::string& key, const std::string& fallback) {
    return arguments.contains(key) ? text_argument(arguments, key) : fallback;
}

uint64_t number_argument(const Json& arguments, const std::string& key, uint64_t low, uint64_t high) {
    const Json& value = required(arguments, key);
    if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<int64_t>() < 0) || value.get<uint64_t>() < low ||
        value.get<uint64_t>() > high)
        throw Error(key + ": a number from " + std::to_string(low) + " to " + std::to_string(high) + " is expected");
    return value.get<uint64_t>();
}

uint64_t number_argument(const Json& arguments, const std::string& key, uint64_t low, uint64_t high, uint64_t fallback) {
    return arguments.contains(key) ? number_argument(arguments, key, low, high) : fallback;
}

bool flag_argument(const Json& arguments, const std::string& key, bool fallback) {
    if (!arguments.contains(key)) return fallback;
    if (!arguments[key].is_boolean()) throw Error(key + ": on or off is expected");
    return arguments[key].get<bool>();
}

std::vector<std::string> text_arguments(const Json& arguments, const std::string& key) {
    std::vector<std::string> texts;
    if (!arguments.contains(key)) return texts;
    if (!arguments[key].is_array()) return {as_text(arguments[key], key)};
    for (const Json& value : arguments[key]) texts.push_back(as_text(value, key));
    return texts;
}

bool is_guid(const std::string& text) {
    if (text.size() != sizeof kGuidPattern - 1) return false;
    for (size_t i = 0; i < text.size(); i++) {
        const bool good = kGuidPattern[i] == '-' ? text[i] == '-' : isxdigit(static_cast<unsigned char>(text[i])) != 0;
        if (!good) return false;
    }
    return true;
}

hyperv::Guid guid_argument(const Json& arguments, const std::string& key) {
    const std::string text = text_argument(arguments, key);
    if (!is_guid(text)) throw Error(key + ": " + text + " is not a GUID like " + kGuidPattern);
    return host::guid(text.c_str());
}

} // namespace vmm
