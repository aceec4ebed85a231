// SPDX-License-Identifier: GPL-2.0-only
// The guest's side of an integration service, as a test wants it: takes what the host
// sends, answers well or badly.
#ifndef BUS_IC_GUEST_HPP
#define BUS_IC_GUEST_HPP

#include "host/ic/ic_service.hpp"
#include "world.hpp"

#include <cstring>
#include <lis/ring.hpp>

namespace bus_test {

struct IcRequest {
    uint64_t transaction_id = 0; // the packet's
    std::vector<unsigned char> bytes; // empty: none came

    explicit operator bool() const { return !bytes.empty(); }
    hyperv::IcMessage* message() { return reinterpret_cast<hyperv::IcMessage*>(bytes.data()); }
    hyperv::IcType type() { return static_cast<hyperv::IcType>(message()->ic.type.get()); }
    // Bytes of the wire have no alignment.
    template <typename T>
    T* body() {
        return bytes.size() < sizeof(hyperv::IcMessage) + sizeof(T)
                   ? nullptr
                   : reinterpret_cast<T*>(bytes.data() + sizeof(hyperv::IcMessage));
    }
};

class IcGuest {
public:
    explicit IcGuest(lis_vmbus_channel* channel);
    ~IcGuest();

    // The next request, at the latest after that many milliseconds.
    IcRequest receive(uint32_t ms = 100);
    // The same again as an answer.
    void answer(IcRequest request, uint32_t status = hyperv::kIcOk);
    void send(const std::vector<unsigned char>& bytes, uint64_t transaction_id);
    // Answers a negotiation with these; false: there was none, or they were not offered.
    bool accept(host::ServiceVersion version, host::ServiceVersion framework = {3, 0});
    // The host has given back the space of all that was sent.
    bool all_read() const;
    static std::vector<host::ServiceVersion> offered(IcRequest& request, bool frameworks);

private:
    lis_vmbus_channel* channel_;
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
};

// A world in which the guest has opened that service.
void with_ic_guest(std::shared_ptr<host::IcService> service, const std::function<void(World&, IcGuest&)>& body);

// The outcome of what the host has asked, for EXPECT.
struct Outcome {
    int times = 0;
    host::IcAnswer answer;
    host::IcDone record() {
        return [this](const host::IcAnswer& given) {
            times++;
            answer = given;
        };
    }
};

} // namespace bus_test

#endif
