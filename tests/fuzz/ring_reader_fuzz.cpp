// SPDX-License-Identifier: GPL-2.0-only
// A hostile host against RingReader. The input is a program: what the host does
// between and behind the guest's loads, and what the guest asks of the reader.
// Besides the sanitizers the watch judges: the guest's mapping is poisoned, and a
// double fetch ends the run; so do a read index and a packet that cannot be.
#include "support/report.hpp"
#include "support/ring_host.hpp"
#include "support/shared_watch.hpp"

#include <lis/ring_reader.hpp>

namespace {

const uint32_t kRingBytes = 4096;

class Input {
public:
    Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

    bool empty() const { return left_ == 0; }
    // 0 when nothing is left.
    uint8_t byte() {
        if (left_ == 0) return 0;
        left_--;
        return *data_++;
    }
    uint16_t word() {
        const uint8_t low = byte();
        return static_cast<uint16_t>(low | byte() << 8);
    }

private:
    const uint8_t* data_;
    size_t left_;
};

class HostileHost {
public:
    HostileHost(support::RingMemory& memory, Input& input) : memory_(memory), host_(memory), input_(input) {}

    void act() {
        hyperv::RingControl& control = memory_.control();
        switch (input_.byte() % 10) {
        case 0: control.write_index = input_.word(); break;
        case 1: control.write_index = input_.word() * 8u % kRingBytes; break;
        case 2: control.write_index = input_.word() * 0x10001u; break;
        case 3: control.pending_send_size = input_.word(); break;
        case 4: control.feature_bits = input_.byte(); break;
        case 5: control.read_index = input_.word(); break;
        case 6: memory_.data()[input_.word() % kRingBytes] = input_.byte(); break;
        case 7: // a header anywhere
            host_.write_at(input_.word() % (kRingBytes / 8) * 8, input_.byte(), input_.byte(), input_.byte(),
                           input_.byte(), input_.byte(), support::Bytes());
            break;
        default: // a proper packet where the last one ended
            if (control.write_index < kRingBytes && control.write_index % 8 == 0)
                host_.put(input_.byte(), input_.byte(), input_.byte(), 2, support::Bytes(input_.byte() % 32 * 8));
        }
    }

private:
    support::RingMemory& memory_;
    support::RingHost host_;
    Input& input_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static support::RingMemory& memory = *new support::RingMemory(kRingBytes);
    memset(&memory.control(), 0, sizeof(hyperv::RingControl) + kRingBytes);
    support::SharedWatch watch(memory);
    Input input(data, size);
    HostileHost host(memory, input);
    lis::RingReader reader;
    if (reader.init(memory.ring()) != lis::Status::Ok) support::report("init");

    uint8_t eagerness = input.byte(); // how often the host acts behind a load
    watch.after_load = [&](size_t, size_t) {
        if (input.byte() < eagerness) host.act();
    };
    while (!input.empty()) {
        const uint8_t action = input.byte();
        unsigned char scratch[512];
        const lis::MutableSpan room(scratch, input.byte() * 2u);
        switch (action % 6) {
        case 0: host.act(); break;
        case 1:
        case 2: {
            const lis::Result<lis::PacketView> packet = action % 6 == 1 ? reader.next(room) : reader.next_start(room);
            if (!packet.ok()) break;
            const lis::Span payload = packet.value().payload();
            if (packet.value().extension().size() + payload.size() > room.size()) support::report("longer than scratch");
            if (payload.size() != 0 && payload.data() + payload.size() > scratch + room.size())
                support::report("payload outside of scratch");
            break;
        }
        case 3: {
            const lis::Signal signal = reader.commit();
            static_cast<void>(signal);
            break;
        }
        case 4: reader.begin(); break;
        case 5: {
            const lis::Drain drain = reader.finish();
            if (reader.broken() && drain == lis::Drain::More && !reader.has_packets()) support::report("endless drain");
            break;
        }
        }
    }
    return 0;
}
