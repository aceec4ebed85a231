// SPDX-License-Identifier: GPL-2.0-only
// What all integration services share (protocol.md 4.1, 4.2): framing, negotiation, and
// one request after the other, whose answers are judged. What breaks the protocol is put
// on record in violations(); an answer that cannot be used counts as none.
#ifndef HOST_IC_SERVICE_HPP
#define HOST_IC_SERVICE_HPP

#include "host/channel.hpp"

#include <hyperv/ic.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <set>

namespace host {

struct ServiceVersion {
    uint16_t major;
    uint16_t minor;
    bool operator==(const ServiceVersion& other) const { return major == other.major && minor == other.minor; }
    bool operator<(const ServiceVersion& other) const {
        return major != other.major ? major < other.major : minor < other.minor;
    }
    std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
};

enum class IcOutcome {
    Answered, // status and body are the guest's
    Silent,   // no answer in time
    Unusable, // an answer that is none
    Ended,    // the channel is closed, or there is no common version
};

struct IcAnswer {
    IcOutcome outcome = IcOutcome::Ended;
    uint32_t status = 0; // HRESULT
    std::vector<unsigned char> body; // as long as the request's, at least

    bool ok() const { return outcome == IcOutcome::Answered && status == hyperv::kIcOk; }
    // In words, for people.
    std::string text() const;
    // The body must be that of a request at least as long.
    template <typename T>
    T as() const {
        T message = {};
        memcpy(&message, body.data(), std::min(body.size(), sizeof message));
        return message;
    }
};
typedef std::function<void(const IcAnswer&)> IcDone;

class IcService : public Device {
public:
    enum class State { Closed, Negotiating, Refused, Ready };

    OfferDescription describe() const override { return description_; }
    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;
    void on_other_host(Channel& channel) override;
    void count(Counters& counters) const override;

    // What is offered in negotiation. Whoever wants other ones sets them before the guest opens the channel.
    std::vector<ServiceVersion> frameworks = {{1, 0}, {3, 0}};
    std::vector<ServiceVersion> versions;
    // For an answer. A negotiation that is not answered in that time is repeated.
    uint64_t patience_ns = 60ull * 1000 * 1000 * 1000;

    State state() const { return state_; }
    bool ready() const { return state_ == State::Ready; }
    ServiceVersion framework() const { return framework_; }
    ServiceVersion version() const { return version_; }
    const std::vector<std::string>& violations() const { return violations_; }
    // Once more, as hosts do after a migration.
    void negotiate();

protected:
    IcService(Platform& platform, const char* name, hyperv::IcType type, const char* class_id, const char* instance,
              const std::vector<ServiceVersion>& versions);

    // Sends it when its turn comes, at the earliest when versions are agreed; done is called once, perhaps from
    // in here. patience 0: the usual one.
    void ask(const void* body, size_t size, IcDone done, uint64_t patience = 0);
    template <typename T>
    void ask(const T& body, IcDone done, uint64_t patience = 0) {
        ask(&body, sizeof body, std::move(done), patience);
    }
    // Versions are agreed; first: for the first time since the channel was opened.
    virtual void on_ready(bool first) { static_cast<void>(first); }
    void violation(const std::string& text);
    Platform& platform() { return platform_; }
    // For platform().after(): not run when the service has gone or its channel is another one by then.
    std::function<void()> while_open(std::function<void()> action);

private:
    struct Exchange {
        bool negotiation = false;
        bool sent = false;
        uint8_t id = 0;
        uint64_t patience = 0;
        std::vector<unsigned char> message; // IcMessage and body
        IcDone done;
    };

    hyperv::IcMessage header_of(const Exchange& exchange) const;
    std::vector<unsigned char> framed(hyperv::IcType type, const void* body, size_t size) const;
    uint8_t fresh_id();
    void begin_next();
    void transmit();
    void arm();
    void watch(uint64_t due);
    void finish(IcAnswer answer);
    void end_all();
    void broken(const std::string& why);
    void receive(const Packet& packet);
    // Null: no answer at all. Otherwise what came, and whether it may be used.
    bool well_formed(const Packet& packet, hyperv::IcMessage* message);
    bool fits(const Exchange& exchange, const hyperv::IcMessage& message, const Packet& packet);
    void negotiated(const std::vector<unsigned char>& body);

    Platform& platform_;
    std::string name_;
    hyperv::IcType type_;
    OfferDescription description_;
    Channel* channel_ = nullptr;
    State state_ = State::Closed;
    ServiceVersion framework_ = {0, 0};
    ServiceVersion version_ = {0, 0};
    std::unique_ptr<Exchange> current_;
    std::deque<std::unique_ptr<Exchange>> waiting_;
    std::map<uint8_t, bool> given_up_; // ids without an answer so far; true: of negotiations
    uint8_t last_id_ = 0;
    uint64_t deadline_ns_ = 0;
    uint64_t armed_for_ns_ = 0; // 0: no timer
    bool was_ready_ = false;
    std::shared_ptr<int> open_token_; // as long as this channel is open
    std::vector<std::string> violations_;
    uint64_t requests_ = 0, answers_ = 0, failures_ = 0, silent_ = 0, late_ = 0, negotiations_ = 0, foreign_ids_ = 0;
};

} // namespace host

#endif
