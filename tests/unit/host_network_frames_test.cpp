// SPDX-License-Identifier: GPL-2.0-only
// Frames through the network adapter (protocol.md 6.4 - 6.7), both ways, from and to good and bad guests.
#include "bus/network_guest.hpp"

#include "host/network/offload.hpp"

using bus_test::Bytes;
using bus_test::NetworkGuest;
using bus_test::NetworkMessage;
using bus_test::with_network;
using bus_test::World;
using host::AdapterOptions;
using host::Frame;
using host::Inlet;
using host::NetworkDevice;
using hyperv::NvspStatus;
using hyperv::PacketInfoType;
using hyperv::PacketType;

namespace {

const uint32_t kTcp4 = hyperv::kChecksumIp4 | hyperv::kChecksumTcp;
const uint32_t kChecksum = static_cast<uint32_t>(PacketInfoType::Checksum);
const uint32_t kLargeSend = static_cast<uint32_t>(PacketInfoType::LargeSend);
const uint32_t kVlan = static_cast<uint32_t>(PacketInfoType::Vlan);
const uint32_t kHash = static_cast<uint32_t>(PacketInfoType::Hash);

// Keeps what the guest sends, and says what the test wants to be said.
class Recorder : public host::Backend {
public:
    struct Record {
        Bytes bytes;
        bool tagged;
        uint16_t tag;
        bool partial;
        host::Segmentation segmentation;
    };

    bool takes_partial_checksums() const override { return takes; }
    bool takes_segmentation() const override { return takes; }
    void attach(host::Port* port) override { port_ = port; }
    void send(Frame& frame, Inlet&) override {
        Record record = {Bytes(frame.size()), frame.tagged, frame.tag, frame.partial_checksum, frame.segmentation};
        frame.copy(0, record.bytes.data(), record.bytes.size());
        records.push_back(record);
    }
    // Returns how many the guest can have.
    unsigned give(const std::vector<Bytes>& frames) {
        unsigned given = 0;
        port_->deliver([&](Inlet& inlet) {
            for (const Bytes& bytes : frames) {
                frame.assign(bytes.data(), bytes.size());
                if (inlet.receive(frame)) given++;
            }
        });
        return given;
    }
    bool give_large(const Bytes& bytes, size_t segment_bytes) {
        bool given = false;
        port_->deliver([&](Inlet& inlet) {
            frame.assign(bytes.data(), bytes.size());
            EXPECT_TRUE(host::want_segments(frame, false, segment_bytes));
            given = inlet.receive(frame);
        });
        return given;
    }

    bool takes = false;
    std::vector<Record> records;
    Frame frame;

private:
    host::Port* port_ = nullptr;
};

void with_recorder(const AdapterOptions& options,
                   const std::function<void(Recorder&, NetworkDevice&, NetworkGuest&)>& body) {
    const auto recorder = std::make_shared<Recorder>();
    with_network(options, recorder, [&](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadBoth, hyperv::kOffloadOn, hyperv::kOffloadOff), 0u);
        body(*recorder, device, guest);
    });
}

Bytes plain(size_t size, unsigned char first = 0) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; i++) bytes[i] = static_cast<unsigned char>(first + i);
    const unsigned char destination[6] = {0x00, 0x15, 0x5d, 0x00, 0x00, 0x01};
    std::copy(destination, destination + 6, bytes.begin());
    bytes[12] = 0x88;
    bytes[13] = 0xB5; // an experiment's
    return bytes;
}

// TCP or UDP over IPv4 or IPv6, its checksums right.
Bytes packet_of(bool ip6, bool tcp, size_t data) {
    const size_t ip = 14, transport = ip + (ip6 ? 40 : 20), begin = transport + (tcp ? 20 : 8);
    Bytes bytes = plain(begin + data);
    unsigned char* const at = bytes.data();
    std::fill(at + ip, at + begin, 0);
    host::store_be16(at + 12, ip6 ? host::kEtherIp6 : host::kEtherIp4);
    at[ip] = ip6 ? 0x60 : 0x45;
    host::store_be16(at + ip + (ip6 ? 4 : 2), static_cast<uint32_t>(bytes.size() - (ip6 ? transport : ip)));
    at[ip + (ip6 ? 6 : 9)] = tcp ? host::kProtocolTcp : host::kProtocolUdp;
    for (size_t i = 0; i < (ip6 ? 32u : 8u); i++) at[ip + (ip6 ? 8 : 12) + i] = static_cast<unsigned char>(17 * i + 3);
    host::store_be16(at + transport, 1234);
    host::store_be16(at + transport + 2, 7);
    if (tcp) {
        host::store_be32(at + transport + 4, 0xFFFFFF00);
        at[transport + 12] = 0x50;
        at[transport + 13] = 0x19; // ACK, PSH, FIN
    } else {
        host::store_be16(at + transport + 4, static_cast<uint32_t>(8 + data));
    }
    Frame frame;
    frame.assign(bytes.data(), bytes.size());
    const host::Layers layers = host::find_layers(frame);
    if (!ip6) host::set_ip_checksum(frame, layers);
    EXPECT_TRUE(host::want_checksum(frame, tcp, 0));
    const uint16_t sum = host::pseudo_sum(frame, layers, frame.size() - layers.transport);
    host::store_be16(frame.head() + frame.checksum_at, sum);
    host::finish_checksum(frame);
    frame.copy(0, bytes.data(), bytes.size());
    return bytes;
}

// The same sum, done the slow way.
bool checksum_is_good(const Bytes& bytes) {
    const bool ip6 = host::load_be16(&bytes[12]) == host::kEtherIp6;
    const size_t transport = 14 + (ip6 ? 40 : 20);
    uint32_t sum = bytes[14 + (ip6 ? 6 : 9)] + static_cast<uint32_t>(bytes.size() - transport);
    for (size_t i = 14 + (ip6 ? 8 : 12); i < bytes.size(); i++)
        sum += (i - transport) % 2 == 0 ? bytes[i] << 8 : bytes[i];
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum == 0xFFFF;
}

// As a guest leaves it: only the pseudo-header is in the field.
Bytes unfinished(Bytes bytes, bool tcp, bool length = true) {
    Frame frame;
    frame.assign(bytes.data(), bytes.size());
    const host::Layers layers = host::find_layers(frame);
    const uint16_t sum = host::pseudo_sum(frame, layers, length ? bytes.size() - layers.transport : 0);
    host::store_be16(&bytes[layers.transport + (tcp ? 16 : 6)], sum);
    return bytes;
}

Bytes both(Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace

// ---- from the guest ----

TEST(NetworkFrames, ComeByRangesAndBySections) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes frame = plain(1514);
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(frame)), NvspStatus::Success);
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(frame), {44, 100, 1}), NvspStatus::Success);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(frame), 3), NvspStatus::Success);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(14)), 4), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 4u);
        for (int i = 0; i < 3; i++) EXPECT_EQ(recorder.records[i].bytes, frame);
        EXPECT_EQ(recorder.records[3].bytes, plain(14));
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}

TEST(NetworkFrames, SeveralInOneSection) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        Bytes all;
        for (unsigned char i = 0; i < 8; i++) all = both(all, NetworkGuest::packet(plain(100, i)));
        EXPECT_EQ(guest.send_section(all), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 8u);
        for (unsigned char i = 0; i < 8; i++) EXPECT_EQ(recorder.records[i].bytes, plain(100, i));
        EXPECT_EQ(device.adapter().counters.tx_batches, 1u);
        // What is good before the bad one has gone.
        all.resize(all.size() - 1);
        EXPECT_EQ(guest.send_section(all), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 15u);
    });
}

TEST(NetworkFrames, HeaderInTheSectionAndFrameInRanges) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes frame = plain(1000), rndis = NetworkGuest::packet(frame);
        guest.put(0, Bytes(rndis.begin(), rndis.begin() + 44));
        guest.lay(frame);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_bytes.set(44);
        const unsigned char* const bytes = reinterpret_cast<unsigned char*>(&header);
        const Bytes payload(bytes, bytes + sizeof header);
        const uint64_t id = guest.send(PacketType::GpaDirect, guest.extension({}, 1000), payload);
        EXPECT_EQ(guest.status_of(id), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(recorder.records[0].bytes, frame);
    });
}

TEST(NetworkFrames, SectionsOutOfRangeAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(100));
        EXPECT_EQ(guest.send_section(rndis, 4), NvspStatus::Success); // the last of 32 KiB
        EXPECT_EQ(guest.send_section(rndis, 5), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0xFFFFFFFE), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 6145), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 0), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 0xFFFFFFFF), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(device.adapter().counters.faults, 5u);
    });
}

TEST(NetworkFrames, RangesThatMakeNoSenseAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(100));
        // A real host wants the header in one piece.
        EXPECT_EQ(guest.send_ranges(rndis, {20}), NvspStatus::Fail);
        guest.lay(rndis);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_index.set(hyperv::kNvspNoSection);
        const unsigned char* const bytes = reinterpret_cast<unsigned char*>(&header);
        const Bytes payload(bytes, bytes + sizeof header);
        Bytes extension = guest.extension({}, static_cast<uint32_t>(rndis.size()));
        const auto send = [&](const Bytes& ranges) {
            return guest.status_of(guest.send(PacketType::GpaDirect, ranges, payload));
        };
        EXPECT_EQ(send(extension), NvspStatus::Success);
        Bytes bad = extension;
        bad[4] = 0; // no ranges
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[4] = 2; // one more than there is
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[8] = bad[9] = 0xFF; // longer than its pages
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[13] = 0x10; // offset 4096
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[22] = 0x7F; // a page that does not exist
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        EXPECT_EQ(send({}), NvspStatus::Fail);
        EXPECT_EQ(guest.status_of(guest.send(PacketType::InBand, {}, payload)), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 1u);
    });
}

TEST(NetworkFrames, PacketsThatContradictThemselvesAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes infos = both(NetworkGuest::info(kVlan, 0x70), NetworkGuest::info(kHash, 1));
        const Bytes good = NetworkGuest::packet(plain(100), infos);
        ASSERT_EQ(guest.send_section(good), NvspStatus::Success);
        const struct {
            size_t at;
            uint32_t value;
            const char* what;
        } rows[] = {{0, 4, "a control message among frames"},
                    {4, 7, "shorter than its header"},
                    {4, 43, "too short"},
                    {4, 177, "longer than what was sent"},
                    {8, 0, "outside of its message"},              // data in the header
                    {8, 68 + 1, "outside of its message"},         // past the end
                    {8, 0xFFFFFFF8, "outside of its message"},     // wraps
                    {12, 101, "outside of its message"},           // longer than the message
                    {12, 0xFFFFFFFF, "outside of its message"},    //
                    {12, 0, "a size that cannot be"},              // nothing
                    {12, 13, "a size that cannot be"},             // no Ethernet header
                    {20, 4, "out-of-band"},                        //
                    {28, 0, "outside of its message"},             // infos in the header
                    {28, 0xFFFFFFF0, "outside of its message"},    //
                    {28, 60, "inside of the frame"},               //
                    {32, 36, "inside of the frame"},               //
                    {32, 0xFFFFFFFF, "outside of its message"},    //
                    {32, 30, "of a size that cannot be"},          // the second is cut
                    {32, 24, "cut off"},                           // its header is
                    {44, 0, "of a size that cannot be"},           // an endless loop for some
                    {44, 8, "of a size that cannot be"},           //
                    {44, 17, "of a size that cannot be"},          //
                    {44, 36, "of a size that cannot be"},          //
                    {44, 0xFFFFFFFC, "of a size that cannot be"},  //
                    {52, 0, "outside of it"},                      //
                    {52, 17, "outside of it"},                     //
                    {52, 16, "without data"},                      //
                    {52, 0xFFFFFFFF, "outside of it"}};
        for (const auto& row : rows) {
            Bytes bad = good;
            memcpy(&bad[row.at], &row.value, 4);
            EXPECT_EQ(guest.send_section(bad), NvspStatus::Fail) << row.at << " " << row.value;
            EXPECT_NE(device.last_fault().find(row.what), std::string::npos)
                << row.at << " " << row.value << ": " << device.last_fault();
        }
        EXPECT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(1519))), NvspStatus::Fail); // more than the MTU
        EXPECT_EQ(guest.send_section(good), NvspStatus::Success);
    });
}

TEST(NetworkFrames, UnknownPacketInfoIsPassedOver) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes infos = both(NetworkGuest::info(77, 1), NetworkGuest::info(kVlan, hyperv::vlan_info(0xB123)));
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(100), infos)), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_TRUE(recorder.records[0].tagged);
        EXPECT_EQ(recorder.records[0].tag, 0xB123);
    });
}

TEST(NetworkFrames, ChecksumsAreFinishedForTheGuest) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        for (const bool ip6 : {false, true}) {
            for (const bool tcp : {false, true}) {
                for (const size_t data : {0, 1, 2, 7, 64, 150, 151, 1399, 1400}) {
                    const Bytes right = packet_of(ip6, tcp, data);
                    ASSERT_TRUE(checksum_is_good(right)) << ip6 << tcp << data;
                    const uint32_t transport = ip6 ? 54 : 34;
                    for (const uint32_t offset : {transport, 0u}) {
                        const uint32_t info = (ip6 ? hyperv::kChecksumIp6 : hyperv::kChecksumIp4) |
                                              (tcp ? hyperv::kChecksumTcp : hyperv::kChecksumUdp) | offset << 16;
                        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(unfinished(right, tcp),
                                                                         NetworkGuest::info(kChecksum, info)),
                                                    {100}),
                                  NvspStatus::Success);
                        EXPECT_EQ(recorder.records.back().bytes, right) << ip6 << tcp << data;
                    }
                }
            }
        }
        EXPECT_FALSE(recorder.records.back().partial);
    });
}

TEST(NetworkFrames, ChecksumsOutsideOfTheFrameAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes frame = packet_of(false, true, 10);
        for (const uint32_t offset : {1u, 13u, 45u, 64u, 1023u}) {
            const Bytes info = NetworkGuest::info(kChecksum, kTcp4 | offset << 16);
            EXPECT_EQ(guest.send_section(NetworkGuest::packet(frame, info)), NvspStatus::Fail);
        }
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(100), NetworkGuest::info(kChecksum, kTcp4))),
                  NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(
                      frame, NetworkGuest::info(kChecksum, kTcp4 | hyperv::kChecksumUdp | 34 << 16))),
                  NvspStatus::Fail);
        EXPECT_TRUE(recorder.records.empty());
    });
}

TEST(NetworkFrames, LargeSendsAreSegmented) {
    for (const bool ip6 : {false, true}) {
        with_recorder(AdapterOptions(), [ip6](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
            const size_t data = 5000, mss = 1400, header = ip6 ? 74 : 54, transport = ip6 ? 54 : 34;
            const Bytes whole = packet_of(ip6, true, data);
            Bytes sent = unfinished(whole, true, false);
            host::store_be16(&sent[ip6 ? 18 : 16], 0);
            if (!ip6) host::store_be16(&sent[24], 0);
            const uint32_t info = mss | static_cast<uint32_t>(transport) << 20 | hyperv::kLargeSendVersion2 |
                                  (ip6 ? hyperv::kLargeSendIp6 : 0);
            EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(sent, NetworkGuest::info(kLargeSend, info)), {150, 3000}),
                      NvspStatus::Success);
            ASSERT_EQ(recorder.records.size(), 4u);
            Bytes together;
            for (size_t i = 0; i < 4; i++) {
                const Bytes& segment = recorder.records[i].bytes;
                EXPECT_TRUE(checksum_is_good(segment)) << i;
                EXPECT_EQ(segment.size(), header + (i < 3 ? mss : data - 3 * mss));
                EXPECT_EQ(host::load_be32(&segment[transport + 4]), static_cast<uint32_t>(0xFFFFFF00 + i * mss));
                EXPECT_EQ(segment[transport + 13], i < 3 ? 0x10 : 0x19); // FIN and PSH on the last
                EXPECT_EQ(host::load_be16(&segment[ip6 ? 18 : 16]), segment.size() - (ip6 ? 54 : 14));
                if (!ip6) {
                    EXPECT_EQ(host::load_be16(&segment[18]), i);
                }
                together.insert(together.end(), segment.begin() + static_cast<ptrdiff_t>(header), segment.end());
            }
            EXPECT_EQ(together, Bytes(whole.begin() + static_cast<ptrdiff_t>(header), whole.end()));
        });
    }
}

TEST(NetworkFrames, LargeSendsPassToWhoCanTakeThem) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        recorder.takes = true;
        const Bytes whole = packet_of(false, true, 5000);
        const uint32_t info = 1400 | 34 << 20 | hyperv::kLargeSendVersion2;
        const Bytes rndis = NetworkGuest::packet(whole, NetworkGuest::info(kLargeSend, info));
        EXPECT_EQ(guest.send_ranges(rndis), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(recorder.records[0].segmentation, host::Segmentation::Tcp4);
        EXPECT_TRUE(recorder.records[0].partial);
        EXPECT_EQ(recorder.records[0].bytes, unfinished(whole, true));
    });
}

TEST(NetworkFrames, LargeSendsThatCannotBeAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const auto send = [&](const Bytes& frame, uint32_t info) {
            return guest.send_ranges(NetworkGuest::packet(frame, NetworkGuest::info(kLargeSend, info)));
        };
        const uint32_t good = 1400 | 34 << 20 | hyperv::kLargeSendVersion2;
        EXPECT_EQ(send(packet_of(false, true, 5000), good & ~0xFFFFFu), NvspStatus::Fail); // segments of nothing
        EXPECT_EQ(send(packet_of(false, true, 5000), good | hyperv::kLargeSendIp6), NvspStatus::Fail);
        EXPECT_EQ(send(packet_of(false, false, 5000), good), NvspStatus::Fail);
        EXPECT_EQ(send(plain(5000), good), NvspStatus::Fail);
        const uint32_t version1 = good & ~hyperv::kLargeSendVersion2; // not offered
        EXPECT_EQ(send(packet_of(false, true, 5000), version1), NvspStatus::Fail);
        Bytes header = packet_of(false, true, 5000);
        header[34 + 12] = 0x40; // shorter than a TCP header
        EXPECT_EQ(send(header, good), NvspStatus::Fail);
        header = packet_of(false, true, 10);
        header[34 + 12] = 0xF0; // longer than the frame
        EXPECT_EQ(send(header, good), NvspStatus::Fail);
        EXPECT_TRUE(recorder.records.empty());
    });
    AdapterOptions options;
    options.large_send_v1 = true;
    with_recorder(options, [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(packet_of(false, true, 3000),
                                                         NetworkGuest::info(kLargeSend, 1400 | 34 << 20))),
                  NvspStatus::Success);
        EXPECT_EQ(recorder.records.size(), 3u);
    });
}

// ---- to the guest ----

TEST(NetworkFrames, AreGivenInSectionsThatComeBack) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        EXPECT_EQ(recorder.give({plain(60, 1), plain(1514, 2), plain(14, 3)}), 3u);
        for (const Bytes& frame : {plain(60, 1), plain(1514, 2), plain(14, 3)})
            EXPECT_EQ(guest.next(hyperv::kNvspChannelData).frame(), frame);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
        EXPECT_EQ(device.adapter().counters.rx_packets, 1u); // together
    });
}

TEST(NetworkFrames, NoSectionIsGivenTwice) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        guest.keep = true;
        const uint32_t all = device.free_sections();
        std::vector<Bytes> frames(all + 10, plain(100));
        EXPECT_EQ(recorder.give(frames), all);
        EXPECT_EQ(device.adapter().counters.rx_no_buffer, 10u);
        EXPECT_EQ(device.free_sections(), 0u);
        lis_os_sleep_ms(5);
        guest.poll();
        std::set<uint32_t> offsets;
        uint32_t frames_come = 0;
        for (const NetworkMessage& message : guest.messages) {
            if (message.channel_type != hyperv::kNvspChannelData) continue;
            frames_come++;
            offsets.insert(message.offset);
        }
        EXPECT_EQ(frames_come, all);
        EXPECT_EQ(offsets.size(), all);
        // Control waits for a section, and then comes.
        device.set_link(false);
        EXPECT_TRUE(guest.next(hyperv::kNvspChannelControl).bytes.empty());
        ASSERT_FALSE(guest.kept.empty());
        guest.complete(guest.kept[0]);
        EXPECT_FALSE(guest.next(hyperv::kNvspChannelControl).bytes.empty());
    });
}

TEST(NetworkFrames, WrongCompletionsGiveNothingBack) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        guest.keep = true;
        EXPECT_EQ(recorder.give({plain(100), plain(100), plain(100)}), 3u);
        lis_os_sleep_ms(5);
        guest.poll();
        ASSERT_EQ(guest.kept.size(), 1u);
        const uint64_t id = guest.kept[0];
        for (const uint64_t wrong : {uint64_t{0}, id + 1, id + 2, id + 3, uint64_t{all} + 1, UINT64_MAX})
            guest.complete(wrong);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all - 3);
        EXPECT_EQ(device.adapter().counters.faults, 6u);
        guest.complete(id);
        guest.complete(id); // twice
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
        EXPECT_EQ(device.adapter().counters.faults, 7u);
    });
}

TEST(NetworkFrames, FilterDecidesWhatComes) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        Bytes broadcast = plain(60), multicast = plain(60), other = plain(60);
        std::fill(broadcast.begin(), broadcast.begin() + 6, 0xFF);
        multicast[0] = 1;
        other[5] = 9;
        const std::vector<Bytes> all = {plain(60), broadcast, multicast, other};
        EXPECT_EQ(guest.set_filter(0), 0u);
        EXPECT_EQ(recorder.give(all), 0u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterDirected), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterBroadcast), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterMulticast), 0u);
        EXPECT_EQ(recorder.give(all), 0u);
        EXPECT_EQ(guest.set(hyperv::Oid::MulticastList, Bytes(multicast.begin(), multicast.begin() + 6)), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_NE(guest.set(hyperv::Oid::MulticastList, Bytes(5)), 0u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterPromiscuous), 0u);
        EXPECT_EQ(recorder.give(all), 4u);
        device.set_link(false);
        EXPECT_EQ(recorder.give(all), 0u);
    });
}

TEST(NetworkFrames, WhatIsKnownOfAFrameGoesWithIt) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const struct {
            bool tcp;
            uint32_t good, bad;
        } rows[] = {{true, hyperv::kChecksumTcpGood, hyperv::kChecksumTcpBad},
                    {false, hyperv::kChecksumUdpGood, hyperv::kChecksumUdpBad}};
        for (const auto& row : rows) {
            Bytes frame = packet_of(false, row.tcp, 33);
            uint32_t info = 0;
            EXPECT_EQ(recorder.give({frame}), 1u);
            EXPECT_TRUE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
            EXPECT_EQ(info, row.good);
            frame[70] ^= 1;
            EXPECT_EQ(recorder.give({frame}), 1u);
            EXPECT_TRUE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
            EXPECT_EQ(info, row.bad);
            // A tag in the frame goes beside it.
            Bytes tagged = packet_of(false, row.tcp, 33);
            const Bytes plain_one = tagged;
            const unsigned char tag[4] = {0x81, 0x00, 0x60, 0x07};
            tagged.insert(tagged.begin() + 12, tag, tag + 4);
            EXPECT_EQ(recorder.give({tagged}), 1u);
            const NetworkMessage message = guest.next(hyperv::kNvspChannelData);
            EXPECT_EQ(message.frame(), plain_one);
            EXPECT_TRUE(message.info(kVlan, info));
            EXPECT_EQ(hyperv::vlan_tag(info), 0x6007);
        }
        EXPECT_EQ(device.adapter().counters.rx_bad_checksums, 2u);
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadOff, 0, 0), 0u);
        uint32_t info = 0;
        EXPECT_EQ(recorder.give({packet_of(false, true, 33)}), 1u);
        EXPECT_FALSE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
    });
}

TEST(NetworkFrames, LargeOnesAreCutOrCoalescedAsTheGuestWants) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        const Bytes whole = packet_of(false, true, 8000);
        ASSERT_TRUE(recorder.give_large(whole, 1400));
        for (size_t i = 0; i < 6; i++) {
            const Bytes segment = guest.next(hyperv::kNvspChannelData).frame();
            EXPECT_EQ(segment.size(), 54 + (i < 5 ? 1400u : 1000u));
            EXPECT_TRUE(checksum_is_good(segment));
        }
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadBoth, 0, hyperv::kOffloadOn), 0u);
        ASSERT_TRUE(recorder.give_large(whole, 1400));
        Bytes together;
        uint32_t id = 0, flags = 0;
        for (size_t parts = 0; !(flags & hyperv::kPacketIdLast) && parts < 10; parts++) {
            const NetworkMessage part = guest.next(hyperv::kNvspChannelData);
            ASSERT_TRUE(part.info(hyperv::kPacketInfoId, id));
            flags = id >> 8 & 0xFF;
            EXPECT_EQ((flags & hyperv::kPacketIdFirst) != 0, parts == 0);
            together = both(together, part.frame());
        }
        EXPECT_EQ(together, whole);
        EXPECT_EQ(device.adapter().counters.rx_coalesced, 1u);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
    });
}

TEST(NetworkFrames, FullRingLosesFramesAndNoSections) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        for (int round = 0; round < 20; round++) {
            // One frame a packet, and nobody reads: 5 pages of ring hold fewer than that.
            unsigned given = 0;
            for (int i = 0; i < 400; i++) {
                given += recorder.give({plain(60)});
                if (device.adapter().counters.rx_no_space + device.adapter().counters.rx_no_buffer > 0) break;
            }
            EXPECT_GT(given, 0u);
            lis_os_sleep_ms(2);
            guest.poll();
            lis_os_sleep_ms(2);
            EXPECT_EQ(device.free_sections(), all);
        }
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}

TEST(NetworkFrames, CompletionsWaitForSpaceInTheRing) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(60));
        guest.put(0, rndis);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_bytes.set(static_cast<uint32_t>(rndis.size()));
        std::vector<uint64_t> ids;
        for (int i = 0; i < 1000; i++) {
            ids.push_back(guest.send(header));
            if (i % 100 == 99) lis_os_sleep_ms(2);
            if (i % 300 == 299) guest.poll();
        }
        for (const uint64_t id : ids) EXPECT_EQ(guest.status_of(id), NvspStatus::Success);
        EXPECT_EQ(recorder.records.size(), 1000u);
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}
