// SPDX-License-Identifier: GPL-2.0-only
// A host with a network adapter that lies: in its packets, in the receive buffer, or by silence.
#ifndef NETWORK_LYING_HOST_HPP
#define NETWORK_LYING_HOST_HPP

#include "driver.hpp"

#include "host/tamper.hpp"

#include <hyperv/ring.h>

namespace network_test {

inline uint32_t word_at(const Bytes& bytes, size_t at) {
    uint32_t value = 0;
    if (at + 4 <= bytes.size()) memcpy(&value, &bytes[at], 4);
    return value;
}
inline void set_word(Bytes& bytes, size_t at, uint32_t value) {
    if (at + 4 <= bytes.size()) memcpy(&bytes[at], &value, 4);
}

// Hears nothing, from that signal of the guest's on.
class SilentDevice : public host::NetworkDevice {
public:
    using host::NetworkDevice::NetworkDevice;
    static const uint32_t kAlways = 0xFFFFFFFF;
    uint32_t answers = kAlways;
    uint32_t on_open(host::Channel& channel) override {
        return channel.subchannel_index() == refused ? host::kOpenRefused : host::NetworkDevice::on_open(channel);
    }
    void on_signal(host::Channel& channel) override {
        if (answers == 0) return;
        if (answers != kAlways) answers--;
        host::NetworkDevice::on_signal(channel);
    }
    uint16_t refused = 0xFFFF; // this sub-channel does not open
};

// Where the host writes frames: the guest's receive buffer, of so many pages.
class ReceiveMemory {
public:
    ReceiveMemory(host::Platform& platform, const host::Channel& channel, size_t pages) : platform_(platform) {
        const uint32_t kFirst = 0xE1E10;
        for (uint32_t handle = kFirst; handle < kFirst + 200; handle++) {
            const std::vector<uint64_t>* const frames = channel.gpadl(handle);
            if (frames != nullptr && frames->size() == pages) frames_ = *frames;
        }
    }
    bool found() const { return !frames_.empty(); }
    uint32_t bytes() const { return static_cast<uint32_t>(frames_.size() * 4096); }
    void put(uint32_t offset, const Bytes& data) {
        for (size_t i = 0; i < data.size() && offset + i < bytes(); i++)
            static_cast<unsigned char*>(platform_.page(frames_[(offset + i) / 4096]))[(offset + i) % 4096] = data[i];
    }

private:
    host::Platform& platform_;
    std::vector<uint64_t> frames_;
};

inline size_t receive_pages(const netvsc_options& options) {
    return (std::max(options.receive_sections, 10u) * 1728 + 4095) / 4096;
}

// What the host may do with each packet before the guest sees it: how often it is written. From its descriptor to
// its trailer; the payload of a completion or an in-band packet begins at 16.
class Editor : public host::Tamper {
public:
    std::function<unsigned(Bytes&)> packet;
    std::function<void(host::Outgoing&)> control; // may change a message of the bus
    bool events = true; // false: the guest is never interrupted by a channel
    std::vector<host::Behaviour::Sending> message(const host::Outgoing& message) override {
        host::Outgoing changed = message;
        if (control) control(changed);
        return {{changed, 0, true}};
    }
    std::vector<uint32_t> event(uint32_t flag) override { return events ? std::vector<uint32_t>{flag} : std::vector<uint32_t>(); }
    void memory(void*, size_t) override {}
    std::unique_ptr<host::RingTamper> ring() override { return std::unique_ptr<host::RingTamper>(new Ring(*this)); }

private:
    class Ring : public host::RingTamper {
    public:
        explicit Ring(Editor& editor) : editor_(editor) {}
        unsigned packet(Bytes& bytes) override { return editor_.packet ? editor_.packet(bytes) : 1; }
        uint32_t word(int, uint32_t value, uint32_t) override { return value; }
        void written(host::RingPages&, uint32_t, uint32_t) override {}
        void leaving(host::RingPages&) override {}

    private:
        Editor& editor_;
    };
};

struct Range {
    uint32_t bytes, offset;
};

// What precedes the ranges of a receive packet, and they.
inline Bytes range_list(const std::vector<Range>& ranges, uint32_t set = hyperv::kNvspReceiveBufferId, int more = 0) {
    Bytes list(8 + ranges.size() * 8);
    set_word(list, 0, set);
    set_word(list, 4, static_cast<uint32_t>(static_cast<int>(ranges.size()) + more));
    for (size_t i = 0; i < ranges.size(); i++) {
        set_word(list, 8 + i * 8, ranges[i].bytes);
        set_word(list, 12 + i * 8, ranges[i].offset);
    }
    return list;
}

inline Bytes nvsp(uint32_t type, std::vector<uint32_t> fields = {}, size_t bytes = 40) {
    Bytes message(bytes);
    set_word(message, 0, type);
    for (size_t i = 0; i < fields.size(); i++) set_word(message, 4 + i * 4, fields[i]);
    return message;
}

// An RNDIS packet; infos go between header and data. edit: the lies.
inline Bytes rndis(const Bytes& frame, const Bytes& infos = {}, const std::function<void(Bytes&)>& edit = nullptr) {
    Bytes message(44);
    set_word(message, 0, 1);
    set_word(message, 4, static_cast<uint32_t>(44 + infos.size() + frame.size()));
    set_word(message, 8, static_cast<uint32_t>(36 + infos.size()));
    set_word(message, 12, static_cast<uint32_t>(frame.size()));
    set_word(message, 28, infos.empty() ? 0 : 36);
    set_word(message, 32, static_cast<uint32_t>(infos.size()));
    message.insert(message.end(), infos.begin(), infos.end());
    message.insert(message.end(), frame.begin(), frame.end());
    if (edit) edit(message);
    return message;
}

inline Bytes info(uint32_t type, uint32_t value, uint32_t size = 16, uint32_t offset = 12) {
    Bytes entry(16);
    set_word(entry, 0, size);
    set_word(entry, 4, type);
    set_word(entry, 8, offset);
    set_word(entry, 12, value);
    return entry;
}

enum RowFlag { kPart = 1, kFirst = 2, kLast = 4 };
inline Bytes row_info(uint32_t flags) { return info(hyperv::kPacketInfoId, 1 | flags << 8); }

} // namespace network_test

#endif
