// SPDX-License-Identifier: GPL-2.0-only
#include "ic_service.hpp"

#include <algorithm>
#include <cstdio>

namespace host {

using hyperv::IcMessage;
using hyperv::IcType;

namespace {

const uint16_t kNamedPipe = hyperv::kOfferNamedPipe;
const unsigned char kPipeModeMessage = 4; // of an offer's user data: messages, not bytes

void set(hyperv::IcVersion& field, ServiceVersion version) {
    field.major.set(version.major);
    field.minor.set(version.minor);
}

ServiceVersion get(const hyperv::IcVersion& field) { return {field.major.get(), field.minor.get()}; }

bool contains(const std::vector<ServiceVersion>& list, ServiceVersion version) {
    return std::find(list.begin(), list.end(), version) != list.end();
}

std::string hex(uint32_t value) {
    char text[16];
    snprintf(text, sizeof text, "0x%08x", value);
    return text;
}

} // namespace

std::string IcAnswer::text() const {
    switch (outcome) {
    case IcOutcome::Answered: return status == hyperv::kIcOk ? "ok" : hex(status);
    case IcOutcome::Silent: return "silent";
    case IcOutcome::Unusable: return "unusable";
    case IcOutcome::Ended: break;
    }
    return "closed";
}

IcService::IcService(Platform& platform, const char* name, IcType type, const char* class_id, const char* instance,
                     const std::vector<ServiceVersion>& all_versions)
    : versions(all_versions), platform_(platform), name_(name), type_(type) {
    description_.class_id = guid(class_id);
    description_.instance = guid(instance);
    description_.flags = kNamedPipe;
    description_.user_data = {kPipeModeMessage, 0, 0, 0};
}

void IcService::violation(const std::string& text) {
    violations_.push_back(text);
    platform_.log("guest: " + name_ + ": " + text);
}

std::function<void()> IcService::while_open(std::function<void()> action) {
    const std::weak_ptr<int> token = open_token_;
    return [token, action] {
        if (!token.expired()) action();
    };
}

void IcService::count(Counters& counters) const {
    counters["ready"] = ready() ? 1 : 0;
    counters["version_major"] = version_.major;
    counters["version_minor"] = version_.minor;
    counters["requests"] = requests_;
    counters["answers"] = answers_;
    counters["failures"] = failures_;
    counters["silent"] = silent_;
    counters["late"] = late_;
    counters["negotiations"] = negotiations_;
    counters["foreign_ids"] = foreign_ids_;
    counters["violations"] = violations_.size();
}

// ---- the channel ----

uint32_t IcService::on_open(Channel& channel) {
    channel_ = &channel;
    state_ = State::Negotiating;
    open_token_ = std::make_shared<int>();
    armed_for_ns_ = 0;
    was_ready_ = false;
    // The channel is open when this returns, and not before.
    platform_.after(0, while_open([this] { negotiate(); }));
    return 0;
}

void IcService::on_close(Channel&) {
    channel_ = nullptr;
    open_token_.reset();
    given_up_.clear();
    state_ = State::Closed;
    end_all();
}

void IcService::on_signal(Channel& channel) {
    if (state_ == State::Refused) return;
    const RingResult result = channel.drain([this, &channel](const Packet& packet) {
        // The next request may go out in here, and a guest whose answer finds no space drops it.
        channel.commit_reads();
        receive(packet);
        return state_ != State::Refused;
    });
    if (result == RingResult::Corrupt) return broken("the ring makes no sense");
    if (current_ && !current_->sent) transmit();
}

void IcService::on_other_host(Channel&) { negotiate(); }

// ---- one exchange after the other ----

std::vector<unsigned char> IcService::framed(IcType type, const void* body, size_t size) const {
    IcMessage message = {};
    message.pipe.type.set(hyperv::kPipeData);
    message.pipe.size.set(static_cast<uint32_t>(sizeof message.ic + size));
    message.ic.type.set(static_cast<uint16_t>(type));
    if (type != IcType::Negotiate) {
        set(message.ic.framework, framework_);
        set(message.ic.message, version_);
    }
    message.ic.size.set(static_cast<uint16_t>(size));
    message.ic.flags = hyperv::kIcTransaction | hyperv::kIcRequest;
    std::vector<unsigned char> bytes(sizeof message + size);
    memcpy(bytes.data(), &message, sizeof message);
    if (size > 0) memcpy(bytes.data() + sizeof message, body, size);
    return bytes;
}

IcMessage IcService::header_of(const Exchange& exchange) const {
    IcMessage message;
    memcpy(&message, exchange.message.data(), sizeof message);
    return message;
}

void IcService::ask(const void* body, size_t size, IcDone done, uint64_t patience) {
    if (state_ == State::Closed || state_ == State::Refused) return done(IcAnswer());
    std::unique_ptr<Exchange> exchange(new Exchange);
    exchange->patience = patience;
    const unsigned char* const bytes = static_cast<const unsigned char*>(body);
    exchange->message.assign(bytes, bytes + size);
    exchange->done = std::move(done);
    waiting_.push_back(std::move(exchange));
    begin_next();
}

void IcService::negotiate() {
    if (state_ == State::Closed) return;
    state_ = State::Negotiating;
    std::vector<unsigned char> body(sizeof(hyperv::IcNegotiate));
    hyperv::IcNegotiate counts = {};
    counts.framework_count.set(static_cast<uint16_t>(frameworks.size()));
    counts.message_count.set(static_cast<uint16_t>(versions.size()));
    memcpy(body.data(), &counts, sizeof counts);
    for (const auto* list : {&frameworks, &versions}) {
        for (const ServiceVersion version : *list) {
            hyperv::IcVersion field;
            set(field, version);
            body.insert(body.end(), reinterpret_cast<unsigned char*>(&field), reinterpret_cast<unsigned char*>(&field + 1));
        }
    }
    std::unique_ptr<Exchange> exchange(new Exchange);
    exchange->negotiation = true;
    exchange->message = std::move(body);
    exchange->done = [this](const IcAnswer& answer) {
        if (answer.outcome == IcOutcome::Answered) negotiated(answer.body);
        else if (answer.outcome == IcOutcome::Silent) negotiate();
        else if (answer.outcome == IcOutcome::Unusable) broken("negotiation fails");
    };
    waiting_.push_front(std::move(exchange));
    begin_next();
}

// Not one whose answer may still come.
uint8_t IcService::fresh_id() {
    for (int tries = 0; tries < 255; tries++) {
        if (++last_id_ == 0) last_id_ = 1;
        if (!given_up_.count(last_id_)) return last_id_;
    }
    given_up_.clear();
    return last_id_;
}

void IcService::begin_next() {
    if (current_ || waiting_.empty() || !channel_) return;
    if (!waiting_.front()->negotiation && !ready()) return;
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    current_->id = fresh_id();
    current_->message = framed(current_->negotiation ? IcType::Negotiate : type_, current_->message.data(), current_->message.size());
    IcMessage message = header_of(*current_);
    message.ic.transaction = current_->id;
    memcpy(current_->message.data(), &message, sizeof message);
    deadline_ns_ = platform_.now_ns() + (current_->patience ? current_->patience : patience_ns);
    if (current_->negotiation) negotiations_++;
    else requests_++;
    arm();
    transmit();
}

void IcService::transmit() {
    const RingResult result = channel_->write(kPacketInBand, 0, current_->id, current_->message);
    if (result == RingResult::Corrupt) return broken("the ring makes no sense");
    current_->sent = result == RingResult::Done;
    if (current_->sent) return channel_->outgoing().want_space(0);
    const uint32_t bytes = static_cast<uint32_t>((current_->message.size() + 7) & ~size_t{7}) + 24;
    channel_->outgoing().want_space(bytes);
    // What came free meanwhile would not be told of.
    if (channel_->outgoing().free_bytes() >= bytes) transmit();
}

// One timer at a time, unless a shorter patience needs an earlier one.
void IcService::arm() {
    if (armed_for_ns_ != 0 && armed_for_ns_ <= deadline_ns_) return;
    const uint64_t due = armed_for_ns_ = deadline_ns_;
    const uint64_t now = platform_.now_ns();
    platform_.after(due > now ? due - now : 0, while_open([this, due] { watch(due); }));
}

void IcService::watch(uint64_t due) {
    if (armed_for_ns_ == due) armed_for_ns_ = 0;
    if (!current_) return;
    if (platform_.now_ns() < deadline_ns_) return arm();
    silent_++;
    if (current_->sent) given_up_[current_->id] = current_->negotiation;
    IcAnswer answer;
    answer.outcome = IcOutcome::Silent;
    finish(answer);
}

void IcService::finish(IcAnswer answer) {
    const std::unique_ptr<Exchange> exchange = std::move(current_);
    exchange->done(answer);
    begin_next();
}

void IcService::end_all() {
    std::deque<std::unique_ptr<Exchange>> ending;
    ending.swap(waiting_);
    if (current_) ending.push_front(std::move(current_));
    for (auto& exchange : ending) exchange->done(IcAnswer());
}

void IcService::broken(const std::string& why) {
    violation(why);
    state_ = State::Refused;
    end_all();
}

// ---- answers ----

bool IcService::well_formed(const Packet& packet, IcMessage* message) {
    if (packet.type != kPacketInBand) {
        violation("a packet of type " + std::to_string(packet.type));
        return false;
    }
    if (packet.payload.size() < sizeof *message) {
        violation("a packet of " + std::to_string(packet.payload.size()) + " bytes");
        return false;
    }
    memcpy(message, packet.payload.data(), sizeof *message);
    const size_t behind_pipe = packet.payload.size() - sizeof message->pipe;
    if (message->pipe.type.get() != hyperv::kPipeData) {
        violation("a pipe header of type " + std::to_string(message->pipe.type.get()));
        return false;
    }
    if (message->pipe.size.get() > behind_pipe || message->pipe.size.get() < sizeof message->ic) {
        violation("a pipe header with the size " + std::to_string(message->pipe.size.get()));
        return false;
    }
    if (message->ic.size.get() > message->pipe.size.get() - sizeof message->ic) {
        violation("a body that is longer than its message");
        return false;
    }
    if (!(message->ic.flags & hyperv::kIcResponse)) {
        violation("a message that is no answer");
        return false;
    }
    return true;
}

bool IcService::fits(const Exchange& exchange, const IcMessage& message, const Packet& packet) {
    const IcMessage request = header_of(exchange);
    if (message.ic.type.get() != request.ic.type.get()) {
        violation("an answer of type " + std::to_string(message.ic.type.get()));
        return false;
    }
    const size_t least = exchange.negotiation ? hyperv::kIcNegotiatedBytes : request.ic.size.get();
    if (message.ic.size.get() < least) {
        violation("an answer with " + std::to_string(message.ic.size.get()) + " of " + std::to_string(least) + " bytes");
        return false;
    }
    // The rest does no harm.
    if (message.ic.flags != (hyperv::kIcTransaction | hyperv::kIcResponse))
        violation("an answer with the flags " + std::to_string(message.ic.flags));
    if (message.pipe.size.get() != request.pipe.size.get()) violation("an answer of another length");
    if (!(get(message.ic.framework) == get(request.ic.framework)) || !(get(message.ic.message) == get(request.ic.message)))
        violation("an answer of another version");
    // hv_fcopy_uio_daemon has none of its own to give back.
    if (packet.transaction_id != exchange.id) foreign_ids_++;
    return true;
}

void IcService::receive(const Packet& packet) {
    IcMessage message;
    if (!well_formed(packet, &message)) return;
    IcAnswer answer;
    const unsigned char* const body = packet.payload.data() + sizeof message;
    answer.body.assign(body, body + message.ic.size.get());
    if (current_ && current_->sent && current_->id == message.ic.transaction) {
        answers_++;
        answer.outcome = fits(*current_, message, packet) ? IcOutcome::Answered : IcOutcome::Unusable;
        answer.status = message.ic.status.get();
        // A guest says with counts of 0 that no version fits, and may say it with a status too.
        if (answer.outcome == IcOutcome::Answered && answer.status != hyperv::kIcOk && !current_->negotiation) failures_++;
        return finish(std::move(answer));
    }
    const auto given_up = given_up_.find(message.ic.transaction);
    if (given_up == given_up_.end()) return violation("an answer to nothing");
    const bool negotiation = given_up->second;
    given_up_.erase(given_up);
    late_++;
    // Whoever could not answer at first has the versions that it wants now.
    if (negotiation && state_ == State::Negotiating && current_ && current_->negotiation &&
        message.ic.type.get() == static_cast<uint16_t>(IcType::Negotiate)) {
        if (current_->sent) given_up_[current_->id] = true;
        answer.outcome = IcOutcome::Answered;
        finish(std::move(answer));
    }
}

void IcService::negotiated(const std::vector<unsigned char>& body) {
    hyperv::IcNegotiate counts;
    hyperv::IcVersion chosen[2];
    if (body.size() < sizeof counts + sizeof chosen) return broken("a negotiation without versions");
    memcpy(&counts, body.data(), sizeof counts);
    memcpy(chosen, body.data() + sizeof counts, sizeof chosen);
    if (counts.framework_count.get() != 1 || counts.message_count.get() != 1) {
        if (counts.framework_count.get() != 0 || counts.message_count.get() != 0)
            violation("a negotiation with " + std::to_string(counts.framework_count.get()) + " and " +
                      std::to_string(counts.message_count.get()) + " versions");
        platform_.log(name_ + ": no common version");
        state_ = State::Refused;
        return end_all();
    }
    framework_ = get(chosen[0]);
    version_ = get(chosen[1]);
    if (!contains(frameworks, framework_) || !contains(versions, version_))
        return broken("a version that was not offered: " + framework_.text() + ", " + version_.text());
    platform_.log(name_ + ": framework " + framework_.text() + ", version " + version_.text());
    state_ = State::Ready;
    const bool first = !was_ready_;
    was_ready_ = true;
    on_ready(first);
}

} // namespace host
