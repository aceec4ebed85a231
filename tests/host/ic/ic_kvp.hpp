// SPDX-License-Identifier: GPL-2.0-only
// Key-value pairs and addresses (protocol.md 4.6). Version 5.0 says addresses in a binary
// form that is not spoken here: knows_addresses() tells.
#ifndef HOST_IC_KVP_HPP
#define HOST_IC_KVP_HPP

#include "ic_service.hpp"

namespace host {

struct KvpItem {
    hyperv::KvpType type = hyperv::KvpType::String;
    std::string key;
    std::string value; // numbers in decimal
};

// Lists are separated by ';', as on the wire.
struct KvpAddresses {
    std::string adapter; // the network device's instance GUID, in braces
    hyperv::KvpFamily family = hyperv::KvpFamily::None;
    bool dhcp = false;
    std::string addresses, masks, gateways, name_servers;
};

class KvpService : public IcService {
public:
    typedef std::function<void(const IcAnswer& answer, const KvpItem& item)> ItemDone;
    // All that came before the enumeration ended; answer is the last one, ok if it ended well.
    typedef std::function<void(const IcAnswer& answer, const std::vector<KvpItem>& items)> ItemsDone;
    typedef std::function<void(const IcAnswer& answer, const KvpAddresses& addresses)> AddressesDone;

    explicit KvpService(Platform& platform);

    // What Windows and Linux's headers do not agree on.
    hyperv::KvpType u64_type = hyperv::KvpType::U64;

    // Empty: the item can be sent. Otherwise why not, in words.
    static std::string fault(const KvpItem& item);
    bool knows_addresses() const { return ready() && version().major < 5; }

    void set(hyperv::KvpPool pool, const KvpItem& item, IcDone done);
    void remove(hyperv::KvpPool pool, const std::string& key, IcDone done);
    // The Linux driver's answer has no value: hosts enumerate.
    void get(hyperv::KvpPool pool, const std::string& key, ItemDone done);
    void enumerate(hyperv::KvpPool pool, uint32_t index, ItemDone done);
    void list(hyperv::KvpPool pool, ItemsDone done);
    void get_addresses(const std::string& adapter, AddressesDone done);
    void set_addresses(const KvpAddresses& addresses, IcDone done);

private:
    template <typename T>
    void exchange(const T& message, IcDone done);
    void list_from(hyperv::KvpPool pool, uint32_t index, std::shared_ptr<std::vector<KvpItem>> items, ItemsDone done);
    bool read_value(const hyperv::KvpValue& value, KvpItem* item);
    std::string read_text(const unsigned char* from, size_t size, const char* what);
};

} // namespace host

#endif
