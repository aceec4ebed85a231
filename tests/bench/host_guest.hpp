// SPDX-License-Identifier: GPL-2.0-only
// A guest of the host model (tests/host) that costs next to nothing: flat memory, one channel for each device, packets
// copied into a ring as they are. One thread, no interrupts: what the host has done is there when serve() returns.
#ifndef LIS_BENCH_HOST_GUEST_HPP
#define LIS_BENCH_HOST_GUEST_HPP

#include <host/bus.hpp>

#include <hyperv/hypercall.h>
#include <hyperv/synic.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

namespace bench {

typedef std::vector<unsigned char> Bytes;

[[noreturn]] inline void fail(const char* what) {
    fprintf(stderr, "host_speed: %s\n", what);
    exit(1);
}

template <typename T>
void append(Bytes& to, const T& value) {
    const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&value);
    to.insert(to.end(), bytes, bytes + sizeof value);
}

class Guest : public host::Platform {
public:
    static const uint32_t kPageBytes = 4096;
    static const uint32_t kMemoryPages = 1024;

    Guest() : memory_(size_t{kMemoryPages} * kPageBytes / 8), synic_(*this), bus_(*this, synic_, host::BusOptions()) {
        synic_.msr_written(0, hyperv::kMsrScontrol, 1);
        synic_.msr_written(0, hyperv::kMsrSimp, kMessages << 12 | 1);
        synic_.msr_written(0, hyperv::kMsrSiefp, kEvents << 12 | 1);
    }
    ~Guest() override { bus_.remove_all_devices(); }

    host::Bus& bus() { return bus_; }
    uint32_t take_pages(uint32_t count) {
        if (next_page_ + count > kMemoryPages) fail("the guest's memory is too small");
        return (next_page_ += count) - count;
    }
    unsigned char* at(uint32_t frame) { return static_cast<unsigned char*>(page(frame)); }

    template <typename T>
    void post(T message, hyperv::MessageType type, const void* more = nullptr, size_t more_bytes = 0) {
        message.header.type.set(static_cast<uint32_t>(type));
        Bytes bytes;
        append(bytes, message);
        bytes.insert(bytes.end(), static_cast<const unsigned char*>(more), static_cast<const unsigned char*>(more) + more_bytes);
        if (bus_.post_message(hyperv::kConnectionMessages, 1, bytes.data(), bytes.size()) != hyperv::kStatusSuccess)
            fail("the host does not take a message");
        settle();
    }

    // The oldest version with everything that devices know.
    void connect() {
        hyperv::InitiateContact contact = {};
        contact.version.set(hyperv::kVersionWin10);
        contact.target.set(kInterrupts << 12);
        post(contact, hyperv::MessageType::InitiateContact);
        struct {
            hyperv::MessageHeader header;
        } offers = {};
        post(offers, hyperv::MessageType::RequestOffers);
    }

    void share(uint32_t relid, uint32_t handle, uint32_t frame, uint32_t pages) {
        hyperv::GpadlHeader header = {};
        header.relid.set(relid);
        header.gpadl.set(handle);
        header.range_bytes.set(static_cast<uint16_t>(8 + 8 * pages));
        header.range_count.set(1);
        std::vector<uint64_t> range(1, uint64_t{pages} * kPageBytes);
        for (uint32_t i = 0; i < pages; i++) range.push_back(frame + i);
        post(header, hyperv::MessageType::GpadlHeader, range.data(), range.size() * 8);
    }

    // The host works off what is due, and the guest takes its messages without a look at them.
    void settle() {
        for (;;) {
            hyperv::SynicMessage& slot = reinterpret_cast<hyperv::SynicMessage*>(at(kMessages))[hyperv::kVmbusSint];
            if (slot.type != 0) {
                slot.type = 0;
                synic_.msr_written(0, hyperv::kMsrEom, 0);
            } else if (!due_.empty()) {
                const std::function<void()> action = std::move(due_.front());
                due_.pop_front();
                action();
            } else {
                return;
            }
        }
    }

    void* page(uint64_t frame) override { return frame < kMemoryPages ? &memory_[frame * kPageBytes / 8] : nullptr; }
    bool raise_sint(uint32_t, uint32_t) override { return true; }
    uint64_t now_ns() override { return 0; }
    void after(uint64_t, std::function<void()> action) override { due_.push_back(std::move(action)); }

private:
    static const uint32_t kMessages = 1, kEvents = 2, kInterrupts = 3;

    std::vector<uint64_t> memory_;
    uint32_t next_page_ = 4;
    std::deque<std::function<void()>> due_;
    host::Synic synic_;
    host::Bus bus_;
};

// An open channel.
class Driver {
public:
    struct Received {
        uint16_t type;
        uint64_t transaction_id;
        Bytes bytes; // behind the descriptor, with the extension
        size_t payload; // where that begins
    };

    Driver(Guest& guest, std::shared_ptr<host::Device> device)
        : guest_(guest), channel_(guest.bus().add_device(std::move(device))), relid_(channel_.relid()) {}

    void open() {
        const uint32_t first = guest_.take_pages(2 * kRingPages);
        out_ = guest_.at(first);
        in_ = guest_.at(first + kRingPages);
        guest_.share(relid_, relid_, first, 2 * kRingPages);
        hyperv::OpenChannel open = {};
        open.relid.set(relid_);
        open.gpadl.set(relid_);
        open.downstream_page_offset.set(kRingPages);
        guest_.post(open, hyperv::MessageType::OpenChannel);
        if (!channel_.is_open()) fail("a channel does not open");
    }

    uint32_t relid() const { return relid_; }
    host::Channel& channel() { return channel_; }

    // Transaction id 0: no answer is wanted.
    void send(uint16_t type, uint64_t transaction_id, const Bytes& extension, const Bytes& payload) {
        put_packet(type, transaction_id != 0, transaction_id, extension, payload);
    }
    void complete(uint64_t transaction_id, const Bytes& payload) {
        put_packet(host::kPacketCompletion, false, transaction_id, {}, payload);
    }

    void serve() {
        while (channel_.serve(1)) {
        }
    }

    // Each packet is only counted, its transaction id kept where the host wants it back.
    uint32_t take(std::vector<uint64_t>* unanswered = nullptr) {
        uint32_t count = 0;
        uint32_t read = word(in_, 1);
        for (const uint32_t end = word(in_, 0); read != end; count++) {
            uint16_t header[4];
            get(read, header, 8);
            if (unanswered && (header[3] & host::kCompletionRequested)) {
                uint64_t id;
                get(read + 8, &id, 8);
                unanswered->push_back(id);
            }
            read = (read + header[2] * 8u + 8) % kRingBytes;
        }
        __atomic_store_n(reinterpret_cast<uint32_t*>(in_) + 1, read, __ATOMIC_RELEASE);
        return count;
    }

    // The oldest one that has come.
    Received next() {
        uint16_t header[4];
        uint32_t read = word(in_, 1);
        if (read == word(in_, 0)) fail("the host does not answer");
        Received received = {};
        get(read, header, 8);
        received.type = header[0];
        get(read + 8, &received.transaction_id, 8);
        received.payload = header[1] * 8u - 16;
        received.bytes.resize(header[2] * 8u - 16);
        get(read + 16, received.bytes.data(), received.bytes.size());
        __atomic_store_n(reinterpret_cast<uint32_t*>(in_) + 1, (read + header[2] * 8u + 8) % kRingBytes, __ATOMIC_RELEASE);
        return received;
    }

private:
    static const uint32_t kRingPages = 12, kRingBytes = (kRingPages - 1) * Guest::kPageBytes; // of one direction

    void put_packet(uint16_t type, bool answer, uint64_t transaction_id, const Bytes& extension, const Bytes& payload) {
        const uint32_t used = static_cast<uint32_t>(16 + extension.size() + payload.size());
        const uint32_t bytes = (used + 7) / 8 * 8 + 8;
        uint32_t write = word(out_, 0);
        if ((word(out_, 1) - write + kRingBytes - 8) % kRingBytes < bytes) fail("the ring is full");
        const uint16_t header[4] = {type, static_cast<uint16_t>((16 + extension.size()) / 8), static_cast<uint16_t>((bytes - 8) / 8),
                                    static_cast<uint16_t>(answer ? host::kCompletionRequested : 0)};
        put(write, header, 8);
        put(write + 8, &transaction_id, 8);
        put(write + 16, extension.data(), extension.size());
        put(write + 16 + static_cast<uint32_t>(extension.size()), payload.data(), payload.size());
        __atomic_store_n(reinterpret_cast<uint32_t*>(out_), (write + bytes) % kRingBytes, __ATOMIC_RELEASE);
    }

    static uint32_t word(unsigned char* ring, unsigned index) {
        return __atomic_load_n(reinterpret_cast<uint32_t*>(ring) + index, __ATOMIC_ACQUIRE);
    }
    void put(uint32_t offset, const void* from, size_t bytes) {
        offset %= kRingBytes;
        const size_t first = std::min<size_t>(bytes, kRingBytes - offset);
        if (bytes == 0) return;
        memcpy(out_ + Guest::kPageBytes + offset, from, first);
        memcpy(out_ + Guest::kPageBytes, static_cast<const unsigned char*>(from) + first, bytes - first);
    }
    void get(uint32_t offset, void* to, size_t bytes) {
        offset %= kRingBytes;
        const size_t first = std::min<size_t>(bytes, kRingBytes - offset);
        memcpy(to, in_ + Guest::kPageBytes + offset, first);
        memcpy(static_cast<unsigned char*>(to) + first, in_ + Guest::kPageBytes, bytes - first);
    }

    Guest& guest_;
    host::Channel& channel_;
    const uint32_t relid_;
    unsigned char* out_ = nullptr;
    unsigned char* in_ = nullptr;
};

} // namespace bench

#endif
