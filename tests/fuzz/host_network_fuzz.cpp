// SPDX-License-Identifier: GPL-2.0-only
// A hostile guest against the host's network adapter: NVSP and RNDIS messages that are nearly right, frames with page
// ranges, sections, per-packet infos and headers of the input, completions of anything, while the host changes the link.
// What the guest is given is judged all the same (NetworkGuest).
#include "bus_support.hpp"

#include "bus/network_guest.hpp"

using bus_test::NetworkGuest;
using bus_test::World;
using host::NetworkDevice;
using hyperv::NvspType;
using hyperv::PacketType;

namespace {

typedef std::vector<unsigned char> Bytes;

const int kMostSteps = 40;
const uint32_t kVersions[] = {hyperv::kNvspVersion61, hyperv::kNvspVersion6, hyperv::kNvspVersion5,
                              hyperv::kNvspVersion4,  hyperv::kNvspVersion2, hyperv::kNvspVersion1};
const NvspType kMessages[] = {NvspType::Init,           NvspType::SendNdisVersion,     NvspType::SendNdisConfig,
                              NvspType::OidQueryEx,     NvspType::SendReceiveBuffer,   NvspType::RevokeReceiveBuffer,
                              NvspType::SendSendBuffer, NvspType::RevokeSendBuffer,    NvspType::SubChannel,
                              NvspType::SwitchDataPath, NvspType::SendRndisPacket,     NvspType::SendVfAssociation};
const hyperv::Oid kOids[] = {hyperv::Oid::PacketFilter,     hyperv::Oid::MulticastList,        hyperv::Oid::OffloadParameters,
                             hyperv::Oid::RssParameters,    hyperv::Oid::CurrentAddress,       hyperv::Oid::OffloadEncapsulation,
                             hyperv::Oid::RssCapabilities,  hyperv::Oid::NetworkLayerAddresses, hyperv::Oid::ConfigParameter,
                             hyperv::Oid::OffloadHardwareCapabilities};

void append32(Bytes& bytes, uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<unsigned char>(value >> shift));
}

class Play {
public:
    Play(NetworkDevice& device, NetworkGuest& guest, fuzz::Input& input)
        : device_(device), guest_(guest), input_(input) {}

    void run() {
        // Most of what there is to break lies behind the handshake.
        if (input_.below(8) != 0) guest_.start(kVersions[input_.below(6)]);
        for (int steps = 0; steps < kMostSteps && !input_.empty(); steps++) {
            step();
            lis_os_sleep_ms(1);
            guest_.poll();
        }
    }

private:
    void step() {
        switch (input_.below(10)) {
        case 0: return message();
        case 1: return buffer();
        case 2: return rndis_packet(control(), true);
        case 3: return rndis_packet(packet(), false);
        case 4: return rndis_packet(packet(), false);
        case 5: return section();
        case 6: return ranges();
        case 7: return guest_.complete(input_.below(24));
        case 8: return change();
        case 9: guest_.keep = !guest_.keep; return;
        }
    }

    // One that is right, or the input's.
    uint32_t number(uint32_t right) {
        const uint8_t how = input_.byte();
        if (how < 160) return right;
        if (how < 208) return right + static_cast<uint32_t>(static_cast<int8_t>(input_.byte()));
        return input_.word() | static_cast<uint32_t>(input_.word()) << 16;
    }

    void message() {
        Bytes bytes;
        append32(bytes, number(static_cast<uint32_t>(kMessages[input_.below(12)])));
        const Bytes rest = input_.bytes(input_.below(40));
        bytes.insert(bytes.end(), rest.begin(), rest.end());
        if (input_.below(4) != 0) bytes.resize(std::max<size_t>(bytes.size(), hyperv::kNvspMessageBytes61));
        guest_.send(PacketType::InBand, {}, bytes, input_.below(4) != 0);
    }
    void buffer() {
        Bytes bytes;
        append32(bytes, static_cast<uint32_t>(input_.below(2) ? NvspType::SendReceiveBuffer : NvspType::SendSendBuffer));
        append32(bytes, number(input_.below(3) ? guest_.receive_handle() : guest_.send_handle()));
        append32(bytes, number(hyperv::kNvspReceiveBufferId));
        bytes.resize(hyperv::kNvspMessageBytes61);
        guest_.send(PacketType::InBand, {}, bytes);
    }
    // RNDIS, other than frames.
    Bytes control() {
        const uint32_t type = 2 + input_.below(8);
        const bool set = type == 5;
        Bytes info = input_.bytes(input_.below(48));
        if (set && input_.below(2)) info.resize(96);
        Bytes bytes;
        append32(bytes, type);
        append32(bytes, number(static_cast<uint32_t>(28 + info.size())));
        append32(bytes, input_.byte());
        append32(bytes, number(static_cast<uint32_t>(kOids[input_.below(10)])));
        append32(bytes, number(static_cast<uint32_t>(info.size())));
        append32(bytes, number(20));
        append32(bytes, 0);
        bytes.insert(bytes.end(), info.begin(), info.end());
        return bytes;
    }
    // An Ethernet frame with headers that are IPv4 or IPv6 and TCP or UDP where the input leaves them so.
    Bytes frame() {
        Bytes frame = {0x00, 0x15, 0x5d, 0x00, 0x00, 0x01, 0x00, 0x15, 0x5d, 0x00, 0x00, 0x02};
        const bool six = input_.below(3) == 0;
        if (input_.below(6) == 0) {
            const Bytes arp = {0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 0, 0x15, 0x5d, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9};
            frame.insert(frame.end(), arp.begin(), arp.end());
        } else {
            const Bytes ip4 = {0x08, 0x00, 0x45, 0, 0, 60, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 9};
            Bytes ip6 = {0x86, 0xdd, 0x60, 0, 0, 0, 0, 40, 6, 64};
            ip6.resize(ip6.size() + 32, 0xfd);
            const Bytes& ip = six ? ip6 : ip4;
            frame.insert(frame.end(), ip.begin(), ip.end());
            if (input_.below(2)) frame[six ? 20 : 23] = 17;
            const Bytes tcp = {0x12, 0x34, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0};
            frame.insert(frame.end(), tcp.begin(), tcp.end());
        }
        frame.resize(frame.size() + (input_.below(4) ? input_.below(64) : input_.word() % 9000), 0x5a);
        for (uint32_t changes = input_.below(4); changes > 0; changes--) frame[input_.byte() % frame.size()] = input_.byte();
        if (input_.below(8) == 0) frame.resize(input_.byte());
        return frame;
    }
    Bytes packet() {
        Bytes infos;
        for (uint32_t count = input_.below(4); count > 0; count--) {
            append32(infos, number(16));
            append32(infos, number(input_.below(12)));
            append32(infos, number(12));
            append32(infos, number(input_.word() | static_cast<uint32_t>(input_.byte()) << 16));
        }
        Bytes rndis = NetworkGuest::packet(frame(), infos);
        // A field of its header.
        if (input_.below(4) == 0) {
            Bytes wrong;
            append32(wrong, number(static_cast<uint32_t>(rndis.size())));
            std::copy(wrong.begin(), wrong.end(), rndis.begin() + 4 * input_.below(11));
        }
        // Several in one.
        if (input_.below(4) == 0 && rndis.size() < 2000) {
            const Bytes again = rndis;
            rndis.insert(rndis.end(), again.begin(), again.end());
        }
        return rndis;
    }

    void send(const Bytes& extension, uint32_t channel_type, uint32_t section, uint32_t section_bytes) {
        Bytes payload;
        append32(payload, static_cast<uint32_t>(NvspType::SendRndisPacket));
        append32(payload, channel_type);
        append32(payload, section);
        append32(payload, section_bytes);
        guest_.send(extension.empty() ? PacketType::InBand : PacketType::GpaDirect, extension, payload, input_.below(8) != 0);
    }
    // In pages of the guest's, in one range or several.
    void rndis_packet(const Bytes& rndis, bool is_control) {
        guest_.lay(rndis);
        std::vector<uint32_t> cuts;
        uint32_t left = static_cast<uint32_t>(rndis.size());
        for (uint32_t count = input_.below(4); count > 0 && left > 1; count--) {
            cuts.push_back(1 + input_.byte() % (left - 1));
            left -= cuts.back();
        }
        Bytes extension = guest_.extension(cuts, static_cast<uint32_t>(rndis.size()));
        if (input_.below(6) == 0) extension[input_.byte() % extension.size()] = input_.byte();
        send(extension, is_control ? 1 : number(0), number(hyperv::kNvspNoSection), 0);
    }
    void section() {
        const Bytes rndis = packet();
        const uint32_t place = input_.below(5);
        if (place * 6144 + rndis.size() <= 8 * 4096) guest_.put(place * 6144, rndis);
        send({}, number(0), number(place), number(static_cast<uint32_t>(rndis.size())));
    }
    void ranges() {
        Bytes extension;
        append32(extension, 0);
        append32(extension, number(1 + input_.below(4)));
        const Bytes rest = input_.bytes(8 * (1 + input_.below(6)));
        extension.insert(extension.end(), rest.begin(), rest.end());
        send(extension, number(0), hyperv::kNvspNoSection, 0);
    }
    void change() {
        switch (input_.below(5)) {
        case 0: return device_.set_link(input_.below(2) != 0);
        case 1: return device_.set_link_speed(uint64_t{input_.word()} << input_.below(20));
        case 2: return device_.change_network();
        case 3: static_cast<void>(device_.set_vf(input_.below(2) != 0, input_.byte())); return;
        case 4: lis_os_sleep_ms(1u << input_.below(12)); return;
        }
    }

    NetworkDevice& device_;
    NetworkGuest& guest_;
    fuzz::Input& input_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::prepare();
    fuzz::Input input(data, size);
    host::AdapterOptions options;
    options.channels = static_cast<uint16_t>(1 + input.below(4));
    options.large_send_v1 = input.below(2) != 0;
    bus_test::with_responder(options, [&input](World& world, NetworkDevice& device, NetworkGuest& guest) {
        world.expect_violations();
        Play(device, guest, input).run();
        guest.keep = false;
        guest.poll();
    });
    return 0;
}
