// SPDX-License-Identifier: GPL-2.0-only
#include "ic_kvp.hpp"

#include "ic_text.hpp"

namespace host {

using hyperv::KvpOperation;
using hyperv::KvpPool;
using hyperv::KvpType;

namespace {

// An enumeration that goes on longer than this never ends.
const uint32_t kMostItems = 10000;

void set_header(hyperv::KvpHeader& header, KvpOperation operation, KvpPool pool) {
    header.operation = static_cast<unsigned char>(operation);
    header.pool = static_cast<unsigned char>(pool);
}

bool is_number(KvpType type) { return type != KvpType::String && type != KvpType::ExpandString; }

size_t number_bytes(KvpType type) { return type == KvpType::U32 ? 4 : 8; }

bool parse_number(const std::string& text, uint64_t limit, uint64_t* number) {
    *number = 0;
    for (const char each : text) {
        const uint64_t digit = static_cast<uint64_t>(each - '0');
        if (each < '0' || each > '9' || *number > (limit - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return !text.empty();
}

uint64_t limit_of(KvpType type) { return type == KvpType::U32 ? UINT32_MAX : UINT64_MAX; }

} // namespace

KvpService::KvpService(Platform& platform)
    : IcService(platform, "kvp", hyperv::IcType::Kvp, "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6",
                "242ff919-07db-4180-9c2e-b86cb68c8c55", {{1, 0}, {3, 0}, {4, 0}, {5, 0}}) {}

// Every message is as long as the longest.
template <typename T>
void KvpService::exchange(const T& message, IcDone done) {
    static_assert(sizeof(T) <= hyperv::kKvpBodyBytes, "a KVP message");
    std::vector<unsigned char> body(hyperv::kKvpBodyBytes);
    memcpy(body.data(), &message, sizeof message);
    ask(body.data(), body.size(), std::move(done));
}

std::string KvpService::fault(const KvpItem& item) {
    uint64_t number;
    if (item.key.empty()) return "the key is empty";
    if (text_bytes(item.key) > hyperv::kKvpKeyBytes) return "the key has more than 255 characters";
    if (is_number(item.type) && !parse_number(item.value, limit_of(item.type), &number)) return "the value is no such number";
    if (text_bytes(item.value) > hyperv::kKvpValueBytes) return "the value has more than 1023 characters";
    return "";
}

void KvpService::set(KvpPool pool, const KvpItem& item, IcDone done) {
    hyperv::KvpExchange message = {};
    set_header(message.header, KvpOperation::Set, pool);
    hyperv::KvpValue& value = message.value;
    value.type.set(static_cast<uint32_t>(item.type == KvpType::U64 ? u64_type : item.type));
    value.key_size.set(static_cast<uint32_t>(put_text(value.key, sizeof value.key, item.key)));
    uint64_t number;
    if (is_number(item.type) && parse_number(item.value, limit_of(item.type), &number)) {
        const size_t size = number_bytes(item.type);
        memcpy(value.value, &number, size);
        value.value_size.set(static_cast<uint32_t>(size));
    } else {
        value.value_size.set(static_cast<uint32_t>(put_text(value.value, sizeof value.value, item.value)));
    }
    exchange(message, std::move(done));
}

void KvpService::remove(KvpPool pool, const std::string& key, IcDone done) {
    hyperv::KvpDelete message = {};
    set_header(message.header, KvpOperation::Delete, pool);
    message.key_size.set(static_cast<uint32_t>(put_text(message.key, sizeof message.key, key)));
    exchange(message, std::move(done));
}

// A text that fills its field, or whose size says otherwise than its end, is the guest's mistake.
bool KvpService::read_value(const hyperv::KvpValue& value, KvpItem* item) {
    const uint32_t key_size = value.key_size.get(), value_size = value.value_size.get();
    if (key_size > sizeof value.key || value_size > sizeof value.value) {
        violation("a key or value that is longer than its field");
        return false;
    }
    item->type = static_cast<KvpType>(value.type.get());
    if (item->type == KvpType::U64Linux) item->type = KvpType::U64;
    if (!get_text(value.key, key_size, &item->key)) {
        violation("a key that is no text");
        return false;
    }
    if (item->type == KvpType::U32 || item->type == KvpType::U64) {
        if (value_size != number_bytes(item->type)) {
            violation("a number of " + std::to_string(value_size) + " bytes");
            return false;
        }
        uint64_t number = 0;
        memcpy(&number, value.value, value_size);
        item->value = std::to_string(number);
        return true;
    }
    if (is_number(item->type)) {
        violation("a value of type " + std::to_string(value.type.get()));
        return false;
    }
    if (value_size != 0 && !get_text(value.value, value_size, &item->value)) {
        violation("a value that is no text");
        return false;
    }
    return true;
}

void KvpService::get(KvpPool pool, const std::string& key, ItemDone done) {
    hyperv::KvpExchange message = {};
    set_header(message.header, KvpOperation::Get, pool);
    message.value.type.set(static_cast<uint32_t>(KvpType::String));
    message.value.key_size.set(static_cast<uint32_t>(put_text(message.value.key, sizeof message.value.key, key)));
    message.value.value_size.set(hyperv::kKvpValueBytes);
    exchange(message, [this, done](const IcAnswer& answer) {
        KvpItem item;
        IcAnswer judged = answer;
        if (answer.ok() && !read_value(answer.as<hyperv::KvpExchange>().value, &item)) judged.outcome = IcOutcome::Unusable;
        done(judged, item);
    });
}

void KvpService::enumerate(KvpPool pool, uint32_t index, ItemDone done) {
    hyperv::KvpEnumerate message = {};
    set_header(message.header, KvpOperation::Enumerate, pool);
    message.index.set(index);
    message.value.key_size.set(hyperv::kKvpKeyBytes);
    message.value.value_size.set(hyperv::kKvpValueBytes);
    exchange(message, [this, done](const IcAnswer& answer) {
        KvpItem item;
        IcAnswer judged = answer;
        if (answer.ok() && !read_value(answer.as<hyperv::KvpEnumerate>().value, &item)) judged.outcome = IcOutcome::Unusable;
        done(judged, item);
    });
}

void KvpService::list(KvpPool pool, ItemsDone done) {
    list_from(pool, 0, std::make_shared<std::vector<KvpItem>>(), std::move(done));
}

void KvpService::list_from(KvpPool pool, uint32_t index, std::shared_ptr<std::vector<KvpItem>> items, ItemsDone done) {
    enumerate(pool, index, [this, pool, index, items, done](const IcAnswer& answer, const KvpItem& item) {
        if (answer.ok() && index < kMostItems) {
            items->push_back(item);
            return list_from(pool, index + 1, items, done);
        }
        IcAnswer last = answer;
        if (answer.ok()) {
            violation("an enumeration without end");
            last.outcome = IcOutcome::Unusable;
        } else if (answer.outcome == IcOutcome::Answered && answer.status == hyperv::kIcNoMoreItems) {
            last.status = hyperv::kIcOk;
        }
        done(last, *items);
    });
}

std::string KvpService::read_text(const unsigned char* from, size_t size, const char* what) {
    std::string text;
    if (!get_text(from, size, &text)) violation(std::string(what) + " that are no text");
    return text;
}

void KvpService::get_addresses(const std::string& adapter, AddressesDone done) {
    hyperv::KvpIpInfo message = {};
    set_header(message.header, KvpOperation::GetIpInfo, KvpPool::External);
    put_text(message.adapter, sizeof message.adapter, adapter);
    message.family = static_cast<unsigned char>(hyperv::KvpFamily::Both);
    exchange(message, [this, done](const IcAnswer& answer) {
        KvpAddresses found;
        if (answer.ok()) {
            const hyperv::KvpIpInfo info = answer.as<hyperv::KvpIpInfo>();
            found.adapter = read_text(info.adapter, sizeof info.adapter, "adapter ids");
            found.family = static_cast<hyperv::KvpFamily>(info.family);
            found.dhcp = info.dhcp != 0;
            found.addresses = read_text(info.addresses, sizeof info.addresses, "addresses");
            found.masks = read_text(info.masks, sizeof info.masks, "masks");
            found.gateways = read_text(info.gateways, sizeof info.gateways, "gateways");
            found.name_servers = read_text(info.name_servers, sizeof info.name_servers, "name servers");
        }
        done(answer, found);
    });
}

void KvpService::set_addresses(const KvpAddresses& addresses, IcDone done) {
    hyperv::KvpIpInfo message = {};
    set_header(message.header, KvpOperation::SetIpInfo, KvpPool::External);
    put_text(message.adapter, sizeof message.adapter, addresses.adapter);
    message.family = static_cast<unsigned char>(addresses.family);
    message.dhcp = addresses.dhcp ? 1 : 0;
    put_text(message.addresses, sizeof message.addresses, addresses.addresses);
    put_text(message.masks, sizeof message.masks, addresses.masks);
    put_text(message.gateways, sizeof message.gateways, addresses.gateways);
    put_text(message.name_servers, sizeof message.name_servers, addresses.name_servers);
    exchange(message, std::move(done));
}

} // namespace host
