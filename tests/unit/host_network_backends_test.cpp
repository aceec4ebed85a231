// SPDX-License-Identifier: GPL-2.0-only
// What is at the end of a network adapter's cable: the responder, the generator, the record.
#include "host/network/generator.hpp"
#include "host/network/offload.hpp"
#include "host/network/pcap.hpp"
#include "host/network/responder.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include <map>
#include <unistd.h>

using host::Frame;
using host::Generator;
using host::Inlet;
using host::load_be16;
using host::load_be32;
using host::MacAddress;
using host::Responder;
using host::store_be16;
using host::store_be32;

namespace {

typedef std::vector<unsigned char> Bytes;

const MacAddress kGuest = {{0x00, 0x15, 0x5d, 1, 2, 3}};
const MacAddress kHost = {{0x02, 0x6c, 0x69, 0x73, 0x00, 0x01}};
const unsigned char kFin = 1, kSyn = 2, kReset = 4, kPush = 8, kAck = 16;

// Time and timers, without a guest.
class Clock : public host::Platform {
public:
    void* page(uint64_t) override { return nullptr; }
    bool raise_sint(uint32_t, uint32_t) override { return false; }
    uint64_t now_ns() override { return now; }
    void after(uint64_t ns, std::function<void()> action) override { timers.emplace(now + ns, std::move(action)); }
    void pass(uint64_t ns) {
        const uint64_t end = now + ns;
        while (!timers.empty() && timers.begin()->first <= end) {
            now = timers.begin()->first;
            const std::function<void()> action = timers.begin()->second;
            timers.erase(timers.begin());
            action();
        }
        now = end;
    }
    uint64_t now = 1000000000;
    std::multimap<uint64_t, std::function<void()>> timers;
};

// The adapter, and all that came to it.
class Wire : public host::Port, public Inlet {
public:
    struct Record {
        Bytes bytes;
        bool tagged;
        uint16_t tag;
    };
    void deliver(const std::function<void(Inlet&)>& action) override { action(*this); }
    bool receive(Frame& frame) override {
        if (lose > 0) {
            lose--;
            return false;
        }
        Frame judged;
        Record record = {Bytes(frame.size()), frame.tagged, frame.tag};
        frame.copy(0, record.bytes.data(), record.bytes.size());
        judged.assign(record.bytes.data(), record.bytes.size());
        EXPECT_TRUE(host::judge_checksum(judged));
        came.push_back(record);
        return true;
    }
    std::vector<Record> came;
    unsigned lose = 0;
};

Bytes ethernet(uint16_t type, size_t payload) {
    Bytes bytes(14 + payload);
    std::copy(kHost.begin(), kHost.end(), bytes.begin());
    std::copy(kGuest.begin(), kGuest.end(), bytes.begin() + 6);
    store_be16(&bytes[12], type);
    return bytes;
}

Bytes ip4(unsigned char protocol, const Bytes& transport) {
    Bytes bytes = ethernet(host::kEtherIp4, 20 + transport.size());
    bytes[14] = 0x45;
    store_be16(&bytes[16], static_cast<uint32_t>(20 + transport.size()));
    bytes[23] = protocol;
    store_be32(&bytes[26], 0x0A530002);
    store_be32(&bytes[30], 0x0A530001);
    std::copy(transport.begin(), transport.end(), bytes.begin() + 34);
    Frame frame;
    frame.assign(bytes.data(), bytes.size());
    const host::Layers layers = host::find_layers(frame);
    host::set_ip_checksum(frame, layers);
    if (protocol != host::kProtocolIcmp) {
        const bool tcp = protocol == host::kProtocolTcp;
        store_be16(frame.head() + 34 + (tcp ? 16 : 6), host::pseudo_sum(frame, layers, transport.size()));
        EXPECT_TRUE(host::want_checksum(frame, tcp, 34));
        host::finish_checksum(frame);
    }
    frame.copy(0, bytes.data(), bytes.size());
    return bytes;
}

class ResponderTest : public testing::Test {
protected:
    ResponderTest() { responder_->attach(&wire_); }
    ~ResponderTest() override { responder_->attach(nullptr); }

    // Returns what came of it.
    std::vector<Wire::Record> send(const Bytes& bytes, int tag = -1) {
        wire_.came.clear();
        Frame frame;
        frame.assign(bytes.data(), bytes.size());
        frame.tagged = tag >= 0;
        frame.tag = static_cast<uint16_t>(tag);
        responder_->send(frame, wire_);
        return wire_.came;
    }
    uint64_t counter(const char* name) {
        host::Counters counters;
        responder_->count(counters);
        return counters[name];
    }

    // ---- TCP ----
    Bytes segment(unsigned char flags, const std::string& data = "", uint16_t port = 7) {
        Bytes tcp(20);
        store_be16(&tcp[0], 4000);
        store_be16(&tcp[2], port);
        store_be32(&tcp[4], next_);
        store_be32(&tcp[8], heard_);
        tcp[12] = 0x50;
        tcp[13] = flags;
        store_be16(&tcp[14], 20000);
        tcp.insert(tcp.end(), data.begin(), data.end());
        return ip4(host::kProtocolTcp, tcp);
    }
    static unsigned char flags_of(const Wire::Record& record) { return record.bytes.at(34 + 13); }
    static uint32_t sequence_of(const Wire::Record& record) { return load_be32(&record.bytes[34 + 4]); }
    static uint32_t acknowledged_by(const Wire::Record& record) { return load_be32(&record.bytes[34 + 8]); }
    static std::string data_of(const Wire::Record& record) {
        const size_t header = 34 + (record.bytes[34 + 12] >> 4) * 4u;
        return std::string(record.bytes.begin() + static_cast<ptrdiff_t>(header), record.bytes.end());
    }
    // Returns what came of the connection itself.
    std::vector<Wire::Record> connect(uint16_t port = 7) {
        const auto came = send(segment(kSyn, "", port));
        EXPECT_EQ(came.size(), 1u);
        EXPECT_EQ(flags_of(came.at(0)), kSyn | kAck);
        EXPECT_EQ(acknowledged_by(came.at(0)), next_ + 1);
        next_++;
        heard_ = sequence_of(came[0]) + 1;
        return send(segment(kAck, "", port));
    }

    Clock clock_;
    Wire wire_;
    std::shared_ptr<Responder> responder_ = std::make_shared<Responder>(clock_);
    uint32_t next_ = 0xFFFFFFF0; // soon to wrap
    uint32_t heard_ = 0;
};

} // namespace

TEST_F(ResponderTest, HasEveryAddressButWhatSomebodyTakes) {
    Bytes arp = ethernet(host::kEtherArp, 46);
    const unsigned char head[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    std::copy(head, head + 8, arp.begin() + 14);
    std::copy(kGuest.begin(), kGuest.end(), arp.begin() + 22);
    store_be32(&arp[28], 0x0A530002);
    store_be32(&arp[38], 0x0A5300FE);
    std::fill(arp.begin(), arp.begin() + 6, 0xFF);
    auto came = send(arp, 7);
    ASSERT_EQ(came.size(), 1u);
    EXPECT_TRUE(came[0].tagged);
    EXPECT_EQ(came[0].tag, 7);
    EXPECT_EQ(load_be16(&came[0].bytes[20]), 2);
    EXPECT_EQ(load_be32(&came[0].bytes[28]), 0x0A5300FEu);
    EXPECT_EQ(load_be32(&came[0].bytes[38]), 0x0A530002u);
    EXPECT_TRUE(std::equal(kHost.begin(), kHost.end(), came[0].bytes.begin() + 22));
    EXPECT_TRUE(std::equal(kGuest.begin(), kGuest.end(), came[0].bytes.begin()));
    store_be32(&arp[28], 0); // a probe
    EXPECT_TRUE(send(arp).empty());
    store_be32(&arp[28], 0x0A5300FE); // an announcement
    EXPECT_TRUE(send(arp).empty());
    arp.resize(30); // cut off
    EXPECT_TRUE(send(arp).empty());
}

TEST_F(ResponderTest, AnswersPingAndUdpWithWhatItGot) {
    Bytes icmp = {8, 0, 0, 0, 1, 2, 3, 4, 'l', 'i', 's'};
    auto came = send(ip4(host::kProtocolIcmp, icmp));
    ASSERT_EQ(came.size(), 1u);
    EXPECT_EQ(came[0].bytes[34], 0);
    EXPECT_EQ(Bytes(came[0].bytes.begin() + 38, came[0].bytes.end()), Bytes(icmp.begin() + 4, icmp.end()));
    host::InternetSum sum;
    sum.add(&came[0].bytes[34], came[0].bytes.size() - 34);
    EXPECT_EQ(sum.folded(), 0xFFFF);

    Bytes udp = {0x12, 0x34, 0, 53, 0, 11, 0, 0, 'a', 'b', 'c'};
    came = send(ip4(host::kProtocolUdp, udp));
    ASSERT_EQ(came.size(), 1u);
    EXPECT_EQ(load_be16(&came[0].bytes[34]), 53);
    EXPECT_EQ(load_be16(&came[0].bytes[36]), 0x1234);
    EXPECT_EQ(load_be32(&came[0].bytes[26]), 0x0A530001u);
    EXPECT_EQ(came[0].bytes.back(), 'c');
    udp[3] = 9;
    EXPECT_TRUE(send(ip4(host::kProtocolUdp, udp)).empty());
    EXPECT_EQ(counter("responder-discarded-bytes"), 3u);
    Bytes wrong = ip4(host::kProtocolUdp, udp);
    wrong.back() ^= 1;
    EXPECT_TRUE(send(wrong).empty());
    EXPECT_EQ(counter("responder-bad-checksums"), 1u);
}

TEST_F(ResponderTest, TcpEchoesAndEnds) {
    EXPECT_TRUE(connect().empty());
    for (int i = 0; i < 5; i++) {
        const std::string text(100, static_cast<char>('a' + i));
        const auto came = send(segment(kAck | kPush, text));
        ASSERT_EQ(came.size(), 1u);
        EXPECT_EQ(data_of(came[0]), text);
        EXPECT_EQ(sequence_of(came[0]), heard_);
        next_ += 100;
        EXPECT_EQ(acknowledged_by(came[0]), next_);
        heard_ += 100;
    }
    auto came = send(segment(kFin | kAck));
    ASSERT_EQ(came.size(), 1u);
    EXPECT_EQ(flags_of(came[0]), kFin | kAck);
    EXPECT_EQ(acknowledged_by(came[0]), next_ + 1);
    next_++;
    heard_++;
    EXPECT_TRUE(send(segment(kAck)).empty());
    EXPECT_EQ(counter("responder-connections"), 0u);
    came = send(segment(kAck | kPush, "late"));
    ASSERT_EQ(came.size(), 1u);
    EXPECT_TRUE(flags_of(came[0]) & kReset);
}

TEST_F(ResponderTest, TcpSendsAgainWhatWasLost) {
    EXPECT_TRUE(connect().empty());
    wire_.lose = 1;
    EXPECT_EQ(send(segment(kAck | kPush, "hello")).size(), 1u); // an acknowledgement alone
    next_ += 5;
    wire_.came.clear();
    clock_.pass(400000000);
    ASSERT_FALSE(wire_.came.empty());
    EXPECT_EQ(data_of(wire_.came.back()), "hello");
    // And so the guest's acknowledgement: it comes again until there is one.
    wire_.came.clear();
    clock_.pass(1000000000);
    EXPECT_FALSE(wire_.came.empty());
    heard_ += 5;
    send(segment(kAck));
    wire_.came.clear();
    clock_.pass(1000000000);
    EXPECT_TRUE(wire_.came.empty());
}

TEST_F(ResponderTest, TcpTakesNothingOutOfOrder) {
    EXPECT_TRUE(connect().empty());
    next_ += 100;
    auto came = send(segment(kAck | kPush, "second"));
    ASSERT_EQ(came.size(), 1u);
    EXPECT_EQ(data_of(came[0]), "");
    EXPECT_EQ(acknowledged_by(came[0]), next_ - 100);
    next_ -= 100;
    Bytes cut = segment(kAck, "x");
    cut[34 + 12] = 0xF0; // a header longer than the segment
    EXPECT_TRUE(send(cut).empty());
}

TEST_F(ResponderTest, TcpKeepsToTheGuestsWindow) {
    auto came = connect(19);
    size_t bytes = 0;
    for (int i = 0; i < 50; i++) {
        for (const auto& record : came) {
            EXPECT_EQ(sequence_of(record), heard_ + bytes);
            bytes += data_of(record).size();
        }
        came = send(segment(kAck, "", 19)); // acknowledges nothing
    }
    EXPECT_GT(bytes, 18000u);
    EXPECT_LE(bytes, 20000u);
}

TEST(Generator, SendsAsManyAsItShallAtItsRate) {
    Clock clock;
    Wire wire;
    const auto generator = std::make_shared<Generator>(clock, kGuest);
    generator->attach(&wire);
    host::GeneratorPlan plan;
    plan.frames = 1000;
    plan.per_second = 10000;
    plan.bytes = 200;
    plan.ports = 3;
    generator->start(plan);
    clock.pass(50000000);
    EXPECT_GE(wire.came.size(), 480u);
    EXPECT_LE(wire.came.size(), 520u);
    clock.pass(1000000000);
    ASSERT_EQ(wire.came.size(), 1000u);
    for (size_t i = 0; i < wire.came.size(); i++) {
        EXPECT_EQ(wire.came[i].bytes.size(), 200u);
        EXPECT_EQ(load_be32(&wire.came[i].bytes[46]), i);
        EXPECT_EQ(load_be16(&wire.came[i].bytes[34]), 10000 + i % 3);
    }
    plan.frames = 0;
    generator->start(plan);
    clock.pass(100000000);
    generator->stop();
    const size_t now = wire.came.size();
    EXPECT_GT(now, 1500u);
    clock.pass(100000000);
    EXPECT_EQ(wire.came.size(), now);
    generator->attach(nullptr);
}

TEST(Pcap, RecordsFramesWithTheirTags) {
    char path[] = "/tmp/lis-pcap-XXXXXX";
    const int fd = mkstemp(path);
    ASSERT_GE(fd, 0);
    {
        const auto writer = host::PcapWriter::open(path, 100);
        ASSERT_NE(writer, nullptr);
        Bytes bytes(300);
        for (size_t i = 0; i < bytes.size(); i++) bytes[i] = static_cast<unsigned char>(i);
        Frame frame;
        frame.assign(bytes.data(), bytes.size());
        writer->write(frame);
        frame.assign(bytes.data(), 60);
        frame.tagged = true;
        frame.tag = 0x6007;
        writer->write(frame);
        EXPECT_EQ(writer->recorded(), 2u);
    }
    Bytes file(1000);
    const ssize_t size = read(fd, file.data(), file.size());
    close(fd);
    unlink(path);
    ASSERT_EQ(size, 24 + 16 + 100 + 16 + 64);
    const auto word = [&file](size_t at) {
        uint32_t value;
        memcpy(&value, &file[at], 4);
        return value;
    };
    EXPECT_EQ(word(0), 0xA1B23C4Du);
    EXPECT_EQ(word(16), 100u);
    EXPECT_EQ(word(20), 1u);
    EXPECT_EQ(word(24 + 8), 100u);
    EXPECT_EQ(word(24 + 12), 300u);
    EXPECT_EQ(file[24 + 16 + 99], 99);
    const size_t second = 24 + 16 + 100;
    EXPECT_EQ(word(second + 12), 64u);
    EXPECT_EQ(load_be16(&file[second + 16 + 12]), 0x8100);
    EXPECT_EQ(load_be16(&file[second + 16 + 14]), 0x6007);
    EXPECT_EQ(file[second + 16 + 16], 12);
    EXPECT_EQ(host::PcapWriter::open("/nowhere/x"), nullptr);
}
