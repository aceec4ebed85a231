// SPDX-License-Identifier: GPL-2.0-only
// The network adapter's own protocol, NVSP and RNDIS control (protocol.md 6.1 - 6.3, 6.6, 6.8 - 6.10), against good
// and bad guests.
#include "bus/network_guest.hpp"

#include "host/network/rss.hpp"
#include "host/scenarios.hpp"

using bus_test::Bytes;
using bus_test::NetworkGuest;
using bus_test::NetworkMessage;
using bus_test::with_network;
using bus_test::with_responder;
using bus_test::World;
using host::AdapterOptions;
using host::NetworkDevice;
using hyperv::NvspStatus;
using hyperv::NvspType;
using hyperv::Oid;
using hyperv::PacketType;

namespace {

template <typename T>
T make(NvspType type) {
    T message = {};
    message.header.type.set(static_cast<uint32_t>(type));
    return message;
}

template <typename T>
T as(const Bytes& bytes) {
    T value = {};
    EXPECT_GE(bytes.size(), sizeof value);
    if (bytes.size() >= sizeof value) memcpy(&value, bytes.data(), sizeof value);
    return value;
}

uint32_t word(const Bytes& bytes) { return as<lis::Le32>(bytes).get(); }

const uint32_t kGood = static_cast<uint32_t>(NvspStatus::Success);
const uint32_t kFail = static_cast<uint32_t>(NvspStatus::Fail);

void expect_fault(NetworkDevice& device, const char* what) {
    lis_os_sleep_ms(5);
    EXPECT_NE(device.last_fault().find(what), std::string::npos) << device.last_fault();
}

} // namespace

TEST(NetworkDevice, NewestCommonVersionIsAgreed) {
    for (const uint32_t newest : {hyperv::kNvspVersion1, hyperv::kNvspVersion5, hyperv::kNvspVersion61}) {
        AdapterOptions options;
        options.nvsp_version = newest;
        with_responder(options, [newest](World&, NetworkDevice& device, NetworkGuest& guest) {
            for (const uint32_t tried : {hyperv::kNvspVersion61, hyperv::kNvspVersion6, hyperv::kNvspVersion5,
                                         hyperv::kNvspVersion4, hyperv::kNvspVersion2, hyperv::kNvspVersion1}) {
                const NvspStatus status = guest.init(tried);
                EXPECT_EQ(status, tried > newest ? NvspStatus::TooNew : NvspStatus::Success);
                if (status == NvspStatus::Success) break;
            }
            EXPECT_EQ(device.adapter().session.nvsp_version, newest);
        });
    }
}

TEST(NetworkDevice, CompletionsAreAsLongAsTheVersionSays) {
    for (const uint32_t version : {hyperv::kNvspVersion5, hyperv::kNvspVersion61}) {
        with_responder(AdapterOptions(), [version](World&, NetworkDevice&, NetworkGuest& guest) {
            ASSERT_EQ(guest.init(version), NvspStatus::Success);
            auto message = make<hyperv::NvspBuffer>(NvspType::SendSendBuffer);
            message.gpadl.set(guest.send_handle());
            EXPECT_EQ(guest.completion_of(guest.send(message)).size(),
                      version == hyperv::kNvspVersion61 ? hyperv::kNvspMessageBytes61 : 32u); // in units of 8
        });
    }
}

TEST(NetworkDevice, NothingIsBelievedBeforeInit) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.configure();
        expect_fault(device, "before INIT");
        bool came = true;
        guest.completion_of(guest.send(make<hyperv::NvspBuffer>(NvspType::SendReceiveBuffer)), &came);
        EXPECT_FALSE(came);
        EXPECT_EQ(guest.init(hyperv::kNvspVersion61), NvspStatus::Success);
        guest.send(make<hyperv::NvspInit>(NvspType::Init));
        expect_fault(device, "second time");
    });
}

TEST(NetworkDevice, ReceiveBufferIsOneRunOfSectionsThatFit) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        ASSERT_EQ(guest.init(hyperv::kNvspVersion61), NvspStatus::Success);
        guest.configure(1500);
        hyperv::NvspReceiveSection section;
        const auto complete = guest.share_receive(&section);
        EXPECT_EQ(complete.status.get(), kGood);
        EXPECT_EQ(complete.section_count.get(), 1u);
        EXPECT_EQ(section.offset.get(), 0u);
        EXPECT_GE(section.section_bytes.get(), 1728u);
        EXPECT_LE(section.count.get() * section.section_bytes.get(), 32u * 4096);
        EXPECT_GT((section.count.get() + 1) * section.section_bytes.get(), 32u * 4096);
        EXPECT_EQ(device.free_sections(), section.count.get());
        EXPECT_EQ(guest.share_receive().status.get(), kFail); // a second one
        auto revoke = make<hyperv::NvspRevoke>(NvspType::RevokeReceiveBuffer);
        revoke.id.set(hyperv::kNvspReceiveBufferId);
        guest.send(revoke, false);
        EXPECT_EQ(guest.share_receive().status.get(), kGood);
    });
}

TEST(NetworkDevice, BuffersThatMakeNoSenseAreRefused) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice&, NetworkGuest& guest) {
        ASSERT_EQ(guest.init(hyperv::kNvspVersion61), NvspStatus::Success);
        auto receive = make<hyperv::NvspBuffer>(NvspType::SendReceiveBuffer);
        receive.gpadl.set(guest.receive_handle());
        receive.id.set(1);
        EXPECT_EQ(guest.ask<hyperv::NvspReceiveBufferComplete>(receive).status.get(), kFail);
        receive.id.set(hyperv::kNvspReceiveBufferId);
        receive.gpadl.set(0xDEAD);
        EXPECT_EQ(guest.ask<hyperv::NvspReceiveBufferComplete>(receive).status.get(), kFail);
        auto send = make<hyperv::NvspBuffer>(NvspType::SendSendBuffer);
        send.gpadl.set(0xDEAD);
        EXPECT_EQ(guest.ask<hyperv::NvspSendBufferComplete>(send).status.get(), kFail);
        EXPECT_EQ(guest.share_send().section_bytes.get(), 6144u);
    });
}

TEST(NetworkDevice, MtuOfTheGuestDecidesTheSections) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start(hyperv::kNvspVersion61, 4000);
        Bytes answer;
        EXPECT_EQ(guest.query(Oid::MaximumFrameSize, answer), 0u);
        EXPECT_EQ(word(answer), 4000u);
        EXPECT_EQ(device.adapter().session.mtu, 4000u);
    });
    AdapterOptions small;
    small.mtu_limit = 2000;
    with_responder(small, [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start(hyperv::kNvspVersion61, 4000);
        EXPECT_EQ(device.adapter().session.mtu, 1500u);
    });
}

TEST(NetworkDevice, ShortMessagesAreFaults) {
    for (const NvspType type : {NvspType::SendNdisVersion, NvspType::SendNdisConfig, NvspType::SendReceiveBuffer,
                                NvspType::RevokeReceiveBuffer, NvspType::SendSendBuffer, NvspType::SubChannel,
                                NvspType::OidQueryEx, NvspType::SendRndisPacket, NvspType::InitComplete}) {
        with_responder(AdapterOptions(), [type](World&, NetworkDevice& device, NetworkGuest& guest) {
            ASSERT_EQ(guest.init(hyperv::kNvspVersion61), NvspStatus::Success);
            guest.send(make<hyperv::NvspRevoke>(type)); // 8 bytes
            guest.send(PacketType::InBand, {}, {});
            lis_os_sleep_ms(5);
            EXPECT_EQ(device.adapter().counters.faults, 2u);
        });
    }
}

TEST(NetworkDevice, QueriesOfEveryListedOidAreAnswered) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice&, NetworkGuest& guest) {
        guest.start();
        Bytes list, answer;
        ASSERT_EQ(guest.query(Oid::SupportedList, list), 0u);
        ASSERT_GT(list.size(), 100u);
        unsigned refused = 0;
        for (size_t i = 0; i < list.size(); i += 4) {
            const uint32_t oid = word(Bytes(list.begin() + static_cast<ptrdiff_t>(i), list.end()));
            if (guest.query(static_cast<Oid>(oid), answer) != 0) refused++;
        }
        EXPECT_EQ(refused, 6u); // those that can only be set
        EXPECT_EQ(guest.query(static_cast<Oid>(0x12345678), answer), hyperv::kRndisInvalidOid);
        EXPECT_EQ(guest.set(static_cast<Oid>(0x12345678), {1, 2, 3, 4}), hyperv::kRndisInvalidOid);
    });
}

TEST(NetworkDevice, OffloadCapabilitiesFollowTheVersion) {
    const struct {
        uint32_t version;
        size_t size;
        unsigned char revision;
        bool udp, rsc;
    } rows[] = {{hyperv::kNvspVersion2, 112, 1, false, false},
                {hyperv::kNvspVersion4, 144, 2, false, false},
                {hyperv::kNvspVersion5, 156, 3, true, false},
                {hyperv::kNvspVersion61, 156, 3, true, true}};
    for (const auto& row : rows) {
        with_responder(AdapterOptions(), [&row](World&, NetworkDevice&, NetworkGuest& guest) {
            guest.start(row.version);
            Bytes answer;
            ASSERT_EQ(guest.query(Oid::OffloadHardwareCapabilities, answer), 0u);
            ASSERT_EQ(answer.size(), row.size);
            answer.resize(sizeof(hyperv::NdisOffload));
            const auto offload = as<hyperv::NdisOffload>(answer);
            EXPECT_EQ(offload.header.type, hyperv::kNdisObjectOffload);
            EXPECT_EQ(offload.header.revision, row.revision);
            EXPECT_EQ(offload.header.size.get(), row.size);
            EXPECT_EQ(offload.transmit4.capabilities.get() & 0x14, 0x14u);
            EXPECT_EQ((offload.transmit4.capabilities.get() & hyperv::kCaps4Udp) != 0, row.udp);
            EXPECT_EQ(offload.lso2.max_bytes4.get(), 0xF53Cu);
            EXPECT_EQ(offload.lso1.max_bytes.get(), 0u);
            EXPECT_EQ(offload.rsc4 != 0, row.rsc);
        });
    }
}

TEST(NetworkDevice, OffloadsThatWereNotOfferedAreRefused) {
    AdapterOptions options;
    options.large_send = options.rsc = false;
    with_responder(options, [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        EXPECT_EQ(guest.set_offloads(hyperv::kOffloadBoth, hyperv::kOffloadOff, hyperv::kOffloadOff), 0u);
        EXPECT_TRUE(device.adapter().session.offloads.receive_tcp4);
        EXPECT_NE(guest.set_offloads(hyperv::kOffloadBoth, hyperv::kOffloadOn, hyperv::kOffloadOff), 0u);
        EXPECT_NE(guest.set_offloads(hyperv::kOffloadBoth, hyperv::kOffloadOff, hyperv::kOffloadOn), 0u);
        EXPECT_NE(guest.set_offloads(7, hyperv::kOffloadOff, hyperv::kOffloadOff), 0u);
        EXPECT_NE(guest.set(Oid::OffloadParameters, Bytes(15)), 0u);
        EXPECT_EQ(guest.set_offloads(hyperv::kOffloadOff, 0, 0), 0u);
        EXPECT_FALSE(device.adapter().session.offloads.receive_tcp4);
    });
}

TEST(NetworkDevice, MacIsChangedByItsConfigurationParameter) {
    const auto change = [](NetworkGuest& guest, const std::string& digits, uint32_t cut = 0) {
        const std::string name = "NetworkAddress";
        hyperv::NdisConfigParameter parameter = {};
        parameter.name_offset.set(sizeof parameter);
        parameter.name_bytes.set(static_cast<uint32_t>(2 * name.size()));
        parameter.type.set(hyperv::kConfigString);
        parameter.value_offset.set(static_cast<uint32_t>(sizeof parameter + 2 * name.size()));
        parameter.value_bytes.set(static_cast<uint32_t>(2 * digits.size()));
        Bytes value(reinterpret_cast<unsigned char*>(&parameter), reinterpret_cast<unsigned char*>(&parameter + 1));
        for (const char each : name + digits) value.insert(value.end(), {static_cast<unsigned char>(each), 0});
        value.resize(value.size() - cut);
        return guest.set(Oid::ConfigParameter, value);
    };
    with_responder(AdapterOptions(), [&](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        EXPECT_EQ(change(guest, "00155D0A0B0C"), 0u);
        EXPECT_EQ(device.adapter().mac, (host::MacAddress{{0x00, 0x15, 0x5d, 0x0a, 0x0b, 0x0c}}));
        EXPECT_NE(change(guest, "00155D0A0B"), 0u);
        EXPECT_NE(change(guest, "00155D0A0BxC"), 0u);
        EXPECT_NE(change(guest, "00155D0A0B0C", 1), 0u);
        Bytes answer;
        EXPECT_EQ(guest.query(Oid::CurrentAddress, answer), 0u);
        EXPECT_EQ(answer, (Bytes{0x00, 0x15, 0x5d, 0x0a, 0x0b, 0x0c}));
    });
    AdapterOptions fixed;
    fixed.mac_changeable = false;
    with_responder(fixed, [&](World&, NetworkDevice&, NetworkGuest& guest) {
        guest.start();
        EXPECT_EQ(change(guest, "00155D0A0B0C"), hyperv::kRndisFailure);
    });
}

TEST(NetworkDevice, RndisMessagesThatContradictThemselves) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        const auto send = [&](const Bytes& message, NvspStatus status) {
            const uint64_t before = device.adapter().counters.faults;
            const Bytes reply = guest.control(message, status);
            EXPECT_EQ(device.adapter().counters.faults, before + 1);
            return reply;
        };
        hyperv::RndisRequest request = {};
        const auto bytes = [&request](size_t size) {
            Bytes made(reinterpret_cast<unsigned char*>(&request), reinterpret_cast<unsigned char*>(&request + 1));
            made.resize(size);
            return made;
        };
        request.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Query));
        request.header.length.set(1000); // longer than what is there
        EXPECT_TRUE(send(bytes(28), NvspStatus::Fail).empty());
        request.header.length.set(4); // shorter than the header
        EXPECT_TRUE(send(bytes(28), NvspStatus::Fail).empty());
        request.header.length.set(0);
        EXPECT_TRUE(send(bytes(28), NvspStatus::Fail).empty());
        request.header.length.set(20); // shorter than the request
        EXPECT_TRUE(send(bytes(28), NvspStatus::InvalidRndisPacket).empty());
        EXPECT_TRUE(send(bytes(4), NvspStatus::Fail).empty());
        request.header.type.set(77);
        request.header.length.set(28);
        EXPECT_TRUE(send(bytes(28), NvspStatus::InvalidRndisPacket).empty());
        request.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Packet));
        EXPECT_TRUE(send(bytes(28), NvspStatus::InvalidRndisPacket).empty());
        // Information outside, wrapping round, and in the header itself.
        request.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Set));
        request.info_bytes.set(8);
        for (const uint32_t offset : {1u, 24u, 0xFFFFFFF8u, 0xFFFFFFFFu}) {
            request.info_offset.set(offset);
            EXPECT_EQ(as<hyperv::RndisComplete>(send(bytes(28), NvspStatus::Success)).status.get(),
                      hyperv::kRndisInvalidData);
        }
    });
}

TEST(NetworkDevice, ControlNeedsInitialize) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        hyperv::RndisKeepAlive halt = {};
        halt.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Halt));
        halt.header.length.set(sizeof halt);
        const auto bytes = [&] {
            return Bytes(reinterpret_cast<unsigned char*>(&halt), reinterpret_cast<unsigned char*>(&halt + 1));
        };
        halt.header.type.set(static_cast<uint32_t>(hyperv::RndisType::KeepAlive));
        halt.request.set(77);
        EXPECT_EQ(as<hyperv::RndisComplete>(guest.control(bytes())).request.get(), 77u);
        halt.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Reset));
        EXPECT_EQ(as<hyperv::RndisResetComplete>(guest.control(bytes())).status.get(), 0u);
        EXPECT_EQ(device.adapter().session.filter, 0u);
        halt.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Halt));
        EXPECT_TRUE(guest.control(bytes()).empty());
        EXPECT_FALSE(device.adapter().session.rndis_ready);
        EXPECT_TRUE(guest.control(bytes(), NvspStatus::InvalidRndisPacket).empty());
        EXPECT_FALSE(guest.initialize().empty());
    });
}

TEST(NetworkDevice, LinkChangesAreTold) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        device.set_link(false); // nobody to tell yet
        guest.start();
        Bytes answer;
        EXPECT_EQ(guest.query(Oid::MediaConnectStatus, answer), 0u);
        EXPECT_EQ(word(answer), 1u);
        const auto told = [&] {
            const NetworkMessage message = guest.next(hyperv::kNvspChannelControl);
            EXPECT_EQ(message.rndis_type(), static_cast<uint32_t>(hyperv::RndisType::IndicateStatus));
            return message.bytes;
        };
        device.set_link(true);
        EXPECT_EQ(as<hyperv::RndisIndicateStatus>(told()).status.get(), hyperv::kRndisMediaConnect);
        device.set_link(true); // as it is
        device.set_link(false);
        EXPECT_EQ(as<hyperv::RndisIndicateStatus>(told()).status.get(), hyperv::kRndisMediaDisconnect);
        device.change_network();
        EXPECT_EQ(as<hyperv::RndisIndicateStatus>(told()).status.get(), hyperv::kRndisNetworkChange);
        device.set_link_speed(2500000000);
        const Bytes speed = told();
        EXPECT_EQ(as<hyperv::RndisIndicateStatus>(speed).buffer_offset.get() + 8, 20u);
        EXPECT_EQ(word(Bytes(speed.begin() + 20, speed.end())), 25000000u);
    });
}

TEST(NetworkDevice, VirtualFunctionIsAssociatedWhenTheGuestCan) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        EXPECT_TRUE(device.set_vf(true, 5)); // told when it is ready
        guest.start();
        lis_os_sleep_ms(5);
        guest.poll();
        ASSERT_EQ(guest.in_band.size(), 1u);
        const auto association = as<hyperv::NvspVfAssociation>(guest.in_band[0]);
        EXPECT_EQ(association.header.type.get(), static_cast<uint32_t>(NvspType::SendVfAssociation));
        EXPECT_EQ(association.allocated.get(), 1u);
        EXPECT_EQ(association.serial.get(), 5u);
        auto path = make<hyperv::NvspSwitchDataPath>(NvspType::SwitchDataPath);
        path.path.set(hyperv::kNvspPathVf);
        bool came = false;
        EXPECT_TRUE(guest.completion_of(guest.send(path), &came).empty());
        EXPECT_TRUE(came);
        EXPECT_EQ(device.adapter().session.data_path, hyperv::kNvspPathVf);
        path.path.set(2);
        guest.send(path);
        expect_fault(device, "data path");
        EXPECT_TRUE(device.set_vf(false, 0));
        lis_os_sleep_ms(5);
        guest.poll();
        EXPECT_EQ(as<hyperv::NvspVfAssociation>(guest.in_band.at(1)).allocated.get(), 0u);
    });
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start(hyperv::kNvspVersion2);
        EXPECT_FALSE(device.set_vf(true, 1));
    });
}

TEST(NetworkDevice, VirtualFunctionStaysBehindInAMigration) {
    with_responder(AdapterOptions(), [](World& world, NetworkDevice& device, NetworkGuest& guest) {
        EXPECT_TRUE(device.set_vf(true, 5));
        guest.start();
        host::find_scenario("live-migration")->run(world.bus, world.link);
        lis_os_sleep_ms(2500);
        guest.poll();
        ASSERT_EQ(guest.in_band.size(), 2u);
        EXPECT_EQ(as<hyperv::NvspVfAssociation>(guest.in_band[1]).allocated.get(), 0u);
        lis_os_sleep_ms(1000);
        guest.poll();
        ASSERT_EQ(guest.in_band.size(), 3u);
        EXPECT_EQ(as<hyperv::NvspVfAssociation>(guest.in_band[2]).allocated.get(), 1u);
        EXPECT_EQ(as<hyperv::NvspVfAssociation>(guest.in_band[2]).serial.get(), 5u);
    });
}

TEST(NetworkDevice, SubChannelsAreGrantedOfferedAndTakenBack) {
    AdapterOptions options;
    options.channels = 3;
    with_responder(options, [](World& world, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        auto request = make<hyperv::NvspSubChannelRequest>(NvspType::SubChannel);
        request.operation.set(2);
        request.count.set(7);
        EXPECT_EQ(guest.ask<hyperv::NvspSubChannelAnswer>(request).status.get(), kFail);
        request.operation.set(hyperv::kNvspAllocateSubChannels);
        const auto answer = guest.ask<hyperv::NvspSubChannelAnswer>(request);
        EXPECT_EQ(answer.status.get(), kGood);
        EXPECT_EQ(answer.count.get(), 2u);
        EXPECT_EQ(guest.ask<hyperv::NvspSubChannelAnswer>(request).status.get(), kFail);
        auto& subchannels = world.devices.at(0)->subchannels;
        ASSERT_TRUE(world.wait_until([&] { return subchannels.size() == 2; }));
        for (lis_vmbus_channel* const each : subchannels) {
            lis_vmbus_open how = bus_test::open_parameters(nullptr, 3, 3);
            how.on_event = [](void*) {};
            how.on_rescind = [](void*) {};
            ASSERT_EQ(lis_vmbus_channel_open(each, &how), 0);
        }
        lis_os_sleep_ms(5);
        guest.poll();
        ASSERT_EQ(guest.in_band.size(), 1u);
        const auto table = as<hyperv::NvspIndirectionTable>(guest.in_band[0]);
        EXPECT_EQ(table.count.get(), 16u);
        ASSERT_LE(table.offset.get() + 64, guest.in_band[0].size());
        for (uint32_t i = 0; i < 16; i++) EXPECT_EQ(guest.in_band[0][table.offset.get() + 4 * i], i % 3);
        host::Counters counters;
        device.count(counters);
        EXPECT_EQ(counters["channels-open"], 3u);
    });
}

TEST(NetworkDevice, RssTableAndKeyAreJudged) {
    with_responder(AdapterOptions(), [](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        hyperv::NdisRssParameters wanted = {};
        wanted.header.type = hyperv::kNdisObjectRssParameters;
        wanted.hash.set(hyperv::kRssToeplitz | hyperv::kRssTcp4);
        wanted.table_bytes.set(512);
        wanted.table_offset.set(40);
        wanted.key_bytes.set(40);
        wanted.key_offset.set(552);
        const auto set = [&](unsigned char entry, size_t size) {
            Bytes value(reinterpret_cast<unsigned char*>(&wanted), reinterpret_cast<unsigned char*>(&wanted + 1));
            value.resize(592);
            value[40] = entry;
            value.resize(size);
            return guest.set(Oid::RssParameters, value);
        };
        EXPECT_NE(set(0, 20), 0u);
        EXPECT_NE(set(0, 591), 0u);
        EXPECT_NE(set(1, 592), 0u); // a channel that is not there
        wanted.key_offset.set(0xFFFFFFF0);
        EXPECT_NE(set(0, 592), 0u);
        wanted.key_offset.set(552);
        wanted.table_bytes.set(500);
        EXPECT_NE(set(0, 592), 0u);
        wanted.table_bytes.set(0);
        EXPECT_NE(set(0, 592), 0u);
        wanted.table_bytes.set(512);
        EXPECT_EQ(set(0, 592), 0u);
        EXPECT_TRUE(device.adapter().session.rss.enabled);
        EXPECT_NE(set(0, 592), 0u); // in use
        wanted.flags.set(hyperv::kRssDisable);
        EXPECT_EQ(set(0, 592), 0u);
        EXPECT_FALSE(device.adapter().session.rss.enabled);
    });
}

TEST(NetworkDevice, HashIsToeplitzOfKnownVectors) {
    // The verification suite that Microsoft publishes for its key.
    const std::array<unsigned char, 40> key = {
        {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
         0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
         0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa}};
    const unsigned char first[12] = {66, 9, 149, 187, 161, 142, 100, 80, 2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
    EXPECT_EQ(host::toeplitz(key, first, 12), 0x51ccc178u);
    EXPECT_EQ(host::toeplitz(key, first, 8), 0x323e8fc2u);
}
