// SPDX-License-Identifier: GPL-2.0-only
// The monitor's threads on open channels with plain threads as the guest, for ThreadSanitizer: a
// driver a channel, who sleeps until the host signals, and a processor that takes messages and events.
// Signals go past the bus as KVM lets them. A signal that is missing ends in a timeout.
#include <host/bus.hpp>
#include <host/echo_device.hpp>

#include <vmm/channel_threads.hpp>

#include <hyperv/hypercall.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>

namespace {

using hyperv::MessageType;

const std::chrono::seconds kPatience(60);
const uint32_t kPages = 256, kMessages = 1, kEvents = 2, kInterrupts = 3, kFirstRing = 16;
const uint32_t kRingPages = 3; // of one direction, with its control page
const uint32_t kChannels = 3;

class Bell {
public:
    void ring() {
        const std::lock_guard<std::mutex> guard(mutex_);
        rung_ = true;
        condition_.notify_all();
    }
    bool wait() {
        std::unique_lock<std::mutex> guard(mutex_);
        const bool rung = condition_.wait_for(guard, kPatience, [this] { return rung_; });
        rung_ = false;
        return rung;
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool rung_ = false;
};

struct RequestOffers {
    hyperv::MessageHeader header;
};

// Everything around the model: memory, one processor, time.
class Machine : public host::Platform {
public:
    explicit Machine(uint32_t version)
        : version_(version), memory_(kPages * 512), synic_(*this), bus_(*this, synic_, host::BusOptions()),
          threads_(new vmm::ChannelThreads(bus_, lock_, [this](uint32_t id, const vmm::Fd* event) { connect(id, event); })),
          clock_([this] { tell_time(); }), processor_([this] { take_interrupts(); }) {
        const vmm::Alone guard(lock_);
        synic_.msr_written(0, hyperv::kMsrScontrol, 1);
        synic_.msr_written(0, hyperv::kMsrSimp, kMessages << 12 | 1);
        synic_.msr_written(0, hyperv::kMsrSiefp, kEvents << 12 | 1);
    }
    ~Machine() override {
        {
            const vmm::Alone guard(lock_);
            bus_.remove_all_devices();
        }
        threads_.reset();
        stopping_ = true;
        due_.ring();
        interrupt_.ring();
        clock_.join();
        processor_.join();
    }

    vmm::ModelLock& lock() { return lock_; }
    host::Bus& bus() { return bus_; }
    vmm::ChannelThreads& threads() { return *threads_; }
    Bell& bell(uint32_t relid) { return bells_[relid]; }

    template <typename T>
    void post(T message, MessageType type, const void* more = nullptr, size_t more_size = 0) {
        message.header.type.set(static_cast<uint32_t>(type));
        std::vector<unsigned char> bytes(sizeof message + more_size);
        memcpy(bytes.data(), &message, sizeof message);
        if (more_size) memcpy(bytes.data() + sizeof message, more, more_size);
        const vmm::Alone guard(lock_);
        ASSERT_EQ(hyperv::kStatusSuccess, bus_.post_message(hyperv::kConnectionMessages, 1, bytes.data(), bytes.size()));
    }

    // Until all devices are offered.
    void connect_guest() {
        hyperv::InitiateContact contact = {};
        contact.version.set(version_);
        contact.target.set(kInterrupts << 12);
        post(contact, MessageType::InitiateContact);
        ASSERT_TRUE(received(MessageType::VersionResponse));
        post(RequestOffers{}, MessageType::RequestOffers);
        ASSERT_TRUE(received(MessageType::AllOffersDelivered));
    }

    // Waits for a message of that type about that relid (at offset 8), or any for relid 0.
    bool received(MessageType type, uint32_t relid = 0) {
        std::unique_lock<std::mutex> guard(received_mutex_);
        return received_more_.wait_for(guard, kPatience, [&] {
            for (auto it = received_.begin(); it != received_.end(); ++it) {
                if (it->first != static_cast<uint32_t>(type) || (relid != 0 && it->second != relid)) continue;
                received_.erase(it);
                return true;
            }
            return false;
        });
    }

    void signal(uint32_t relid, uint32_t connection_id) {
        {
            const std::lock_guard<std::mutex> guard(connected_mutex_);
            auto found = connected_.find(connection_id);
            if (found != connected_.end()) {
                vmm::notify(*found->second);
                return;
            }
        }
        uint32_t* const words = static_cast<uint32_t*>(page(kInterrupts)) + hyperv::kInterruptPageSendOffset / 4;
        __atomic_fetch_or(&words[relid / 32], 1u << relid % 32, __ATOMIC_SEQ_CST);
        const vmm::Alone guard(lock_);
        bus_.signal_event(version_ == hyperv::kVersionWs2008 ? hyperv::kConnectionEvents : connection_id, 0);
    }

    void* page(uint64_t frame) override { return frame < kPages ? &memory_[frame * 512] : nullptr; }
    bool raise_sint(uint32_t, uint32_t) override {
        interrupt_.ring();
        return true;
    }
    uint64_t now_ns() override { return 0; }
    void after(uint64_t, std::function<void()> action) override {
        const std::lock_guard<std::mutex> guard(actions_mutex_);
        actions_.push_back(std::move(action));
        due_.ring();
    }

private:
    void connect(uint32_t id, const vmm::Fd* event) {
        const std::lock_guard<std::mutex> guard(connected_mutex_);
        if (event) connected_[id] = event;
        else connected_.erase(id);
    }
    void tell_time() {
        while (!stopping_) {
            due_.wait();
            for (;;) {
                const vmm::Alone guard(lock_);
                std::function<void()> action;
                {
                    const std::lock_guard<std::mutex> actions(actions_mutex_);
                    if (actions_.empty()) break;
                    action = std::move(actions_.front());
                    actions_.pop_front();
                }
                action();
            }
        }
    }
    void take_interrupts() {
        while (!stopping_) {
            interrupt_.wait();
            take_message();
            uint32_t* flags = static_cast<uint32_t*>(page(kEvents)) + hyperv::kVmbusSint * hyperv::kEventFlagWords;
            uint32_t bits = __atomic_exchange_n(flags, 0, __ATOMIC_SEQ_CST);
            if (version_ < hyperv::kVersionWin8)
                bits = __atomic_exchange_n(static_cast<uint32_t*>(page(kInterrupts)), 0, __ATOMIC_SEQ_CST);
            for (uint32_t relid = 1; relid < 32; relid++)
                if (bits >> relid & 1) bells_[relid].ring();
        }
    }
    void take_message() {
        hyperv::SynicMessage& slot = static_cast<hyperv::SynicMessage*>(page(kMessages))[hyperv::kVmbusSint];
        if (__atomic_load_n(&slot.type, __ATOMIC_SEQ_CST) == 0) return;
        uint32_t words[3];
        memcpy(words, slot.payload, sizeof words);
        {
            const std::lock_guard<std::mutex> guard(received_mutex_);
            received_.push_back({words[0], words[2]});
            received_more_.notify_all();
        }
        __atomic_store_n(&slot.type, 0, __ATOMIC_SEQ_CST);
        if (!(__atomic_load_n(&slot.flags, __ATOMIC_SEQ_CST) & hyperv::kSynicMessagePending)) return;
        const vmm::Alone guard(lock_);
        synic_.msr_written(0, hyperv::kMsrEom, 0);
    }

    const uint32_t version_;
    std::vector<uint64_t> memory_;
    vmm::ModelLock lock_;
    host::Synic synic_;
    host::Bus bus_;
    std::unique_ptr<vmm::ChannelThreads> threads_;
    Bell bells_[32];
    Bell interrupt_, due_;
    std::mutex connected_mutex_, received_mutex_, actions_mutex_;
    std::map<uint32_t, const vmm::Fd*> connected_;
    std::condition_variable received_more_;
    std::deque<std::pair<uint32_t, uint32_t>> received_;
    std::deque<std::function<void()>> actions_;
    std::atomic<bool> stopping_{false};
    std::thread clock_, processor_;
};

uint32_t load(uint32_t* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
void store(uint32_t* word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

// A driver with one channel, whose packets have one word and come back.
class Driver {
public:
    Driver(Machine& machine, uint32_t relid)
        : machine_(machine), relid_(relid), first_(kFirstRing + relid * 2 * kRingPages), out_(ring(first_)), in_(ring(first_ + kRingPages)) {}

    void open() {
        memset(machine_.page(first_), 0, 2 * kRingPages * 4096);
        hyperv::GpadlHeader header = {};
        header.relid.set(relid_);
        header.gpadl.set(relid_);
        header.range_bytes.set(8 + 8 * 2 * kRingPages);
        header.range_count.set(1);
        uint64_t range[1 + 2 * kRingPages] = {2 * kRingPages * 4096};
        for (uint32_t i = 0; i < 2 * kRingPages; i++) range[1 + i] = first_ + i;
        machine_.post(header, MessageType::GpadlHeader, range, sizeof range);
        ASSERT_TRUE(machine_.received(MessageType::GpadlCreated, relid_));
        hyperv::OpenChannel open = {};
        open.relid.set(relid_);
        open.gpadl.set(relid_);
        open.downstream_page_offset.set(kRingPages);
        machine_.post(open, MessageType::OpenChannel);
        ASSERT_TRUE(machine_.received(MessageType::OpenChannelResult, relid_));
    }
    void close() {
        hyperv::RelidMessage close = {};
        close.relid.set(relid_);
        machine_.post(close, MessageType::CloseChannel);
        hyperv::GpadlTeardown teardown = {};
        teardown.relid.set(relid_);
        teardown.gpadl.set(relid_);
        machine_.post(teardown, MessageType::GpadlTeardown);
        ASSERT_TRUE(machine_.received(MessageType::GpadlTorndown, relid_));
    }
    void exchange(uint32_t count) {
        uint32_t received = 0, unanswered_at_most = 600; // more than a ring has room for
        for (uint32_t sent = 0; received < count;) {
            while (sent < count && sent - received < unanswered_at_most && send(sent)) sent++;
            const uint32_t before = received;
            while (receive(received)) received++;
            if (received == before && !machine_.bell(relid_).wait()) {
                FAIL() << "relid " << relid_ << ": no signal after " << received << " of " << sent;
            }
        }
    }

private:
    static const uint32_t kBytes = (kRingPages - 1) * 4096, kPacket = 32; // descriptor, word, trailer
    struct Ring {
        uint32_t* words; // write index, read index, mask, pending
        unsigned char* data;
    };
    Ring ring(uint32_t frame) {
        return Ring{static_cast<uint32_t*>(machine_.page(frame)), static_cast<unsigned char*>(machine_.page(frame + 1))};
    }

    bool send(uint64_t value) {
        const uint32_t write = load(&out_.words[0]), read = load(&out_.words[1]);
        if ((read - write + kBytes - 8) % kBytes < kPacket) return false;
        const uint16_t descriptor[] = {host::kPacketInBand, 2, 3, 0};
        put(write, descriptor, 8), put(write + 8, &value, 8), put(write + 16, &value, 8);
        store(&out_.words[0], (write + kPacket) % kBytes);
        if (load(&out_.words[2]) == 0 && load(&out_.words[1]) == write) machine_.signal(relid_, 0x10000 + relid_);
        return true;
    }
    void put(uint32_t offset, const void* from, size_t size) { memcpy(out_.data + offset % kBytes, from, size); }
    bool receive(uint64_t value) {
        const uint32_t write = load(&in_.words[0]), read = load(&in_.words[1]);
        if (read == write) return false;
        uint64_t got;
        memcpy(&got, in_.data + (read + 16) % kBytes, sizeof got);
        EXPECT_EQ(value, got);
        store(&in_.words[1], (read + kPacket) % kBytes);
        // More often than is due: what a host has to bear anyway.
        if (load(&in_.words[3]) != 0) machine_.signal(relid_, 0x10000 + relid_);
        return true;
    }

    Machine& machine_;
    const uint32_t relid_, first_;
    const Ring out_, in_;
};

std::shared_ptr<host::EchoDevice> echo(unsigned char number) {
    host::OfferDescription offer;
    offer.instance.bytes[0] = number;
    offer.dedicated_interrupt = false;
    return std::make_shared<host::EchoDevice>(offer);
}

// Drivers open, exchange and close, while devices that nobody opens come and go and somebody asks for statistics.
void run(uint32_t version) {
    Machine machine(version);
    {
        const vmm::Alone guard(machine.lock());
        for (unsigned char i = 1; i <= kChannels; i++) machine.bus().add_device(echo(i));
    }
    machine.connect_guest();

    std::atomic<bool> done{false};
    std::vector<std::thread> drivers;
    for (uint32_t relid = 1; relid <= kChannels; relid++) {
        drivers.emplace_back([&machine, relid] {
            for (int round = 0; round < 3; round++) {
                Driver driver(machine, relid);
                driver.open();
                driver.exchange(3000);
                driver.close();
                if (testing::Test::HasFailure()) return;
            }
        });
    }
    std::thread user([&] {
        for (unsigned char i = 10; !done; i = static_cast<unsigned char>(i == 20 ? 10 : i + 1)) {
            uint32_t relid;
            {
                const vmm::Alone guard(machine.lock());
                relid = machine.bus().add_device(echo(i), i).relid();
            }
            EXPECT_TRUE(machine.received(MessageType::OfferChannel));
            host::Counters counters;
            {
                const vmm::Alone guard(machine.lock());
                machine.bus().channel(1)->device().count(counters);
                machine.bus().remove_device(machine.bus().channel(relid)->device());
            }
            EXPECT_TRUE(machine.received(MessageType::RescindChannelOffer, relid));
            hyperv::RelidMessage released = {};
            released.relid.set(relid);
            machine.post(released, MessageType::RelidReleased);
        }
    });
    for (std::thread& driver : drivers) driver.join();
    done = true;
    user.join();
    const vmm::Alone guard(machine.lock());
    EXPECT_EQ(std::vector<std::string>(), machine.bus().violations());
    for (uint32_t relid = 1; relid <= kChannels; relid++) {
        host::Counters counters;
        machine.bus().channel(relid)->device().count(counters);
        EXPECT_EQ(9000u, counters["echoed"]);
        EXPECT_GE(machine.bus().channel(relid)->signals_from_guest(), machine.bus().channel(relid)->wakeups() - 1);
    }
}

// A host that stands still serves nobody, wherever signals go; then it makes up for it.
void stand_still(uint32_t version) {
    Machine machine(version);
    {
        const vmm::Alone guard(machine.lock());
        machine.bus().add_device(echo(1));
    }
    machine.connect_guest();
    Driver driver(machine, 1);
    driver.open();
    const auto echoed = [&machine] {
        const vmm::Alone guard(machine.lock());
        host::Counters counters;
        machine.bus().channel(1)->device().count(counters);
        return counters["echoed"];
    };
    const auto stall = [&machine](bool on) {
        const vmm::Alone guard(machine.lock());
        machine.bus().stall(on);
    };
    stall(true);
    std::thread traffic([&driver] { driver.exchange(1000); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(0u, echoed());
    stall(false);
    traffic.join();
    EXPECT_EQ(1000u, echoed());
    driver.close();
}

TEST(ChannelThreads, NobodyIsServedByAHostThatStandsStill) {
    for (const uint32_t version : {hyperv::kVersionWin10, hyperv::kVersionWin7, hyperv::kVersionWs2008}) stand_still(version);
}

class Failing : public host::EchoDevice {
public:
    using EchoDevice::EchoDevice;
    void on_signal(host::Channel&) override { throw std::bad_alloc(); }
};

TEST(ChannelThreads, OneDeviceThatCannotGoOnLeavesTheOthersAlone) {
    Machine machine(hyperv::kVersionWin10);
    std::atomic<uint32_t> broken{0};
    {
        const vmm::Alone guard(machine.lock());
        machine.threads().on_broken = [&broken](uint32_t relid, const std::string&) { broken = relid; };
        machine.bus().add_device(std::make_shared<Failing>(echo(1)->describe()));
        machine.bus().add_device(echo(2));
    }
    machine.connect_guest();
    Driver failing(machine, 1), other(machine, 2);
    failing.open();
    other.open();
    machine.signal(1, 0x10001);
    other.exchange(1000);
    for (int i = 0; i < 1000 && broken == 0; i++) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(1u, broken);
    machine.signal(1, 0x10001);
    failing.close();
    other.exchange(10);
    other.close();
}

TEST(ChannelThreads, SignalsPastTheBus) { run(hyperv::kVersionWin10); }
TEST(ChannelThreads, SignalsThroughTheBus) { run(hyperv::kVersionWin7); }
TEST(ChannelThreads, SignalsByTheInterruptPage) { run(hyperv::kVersionWs2008); }

} // namespace
