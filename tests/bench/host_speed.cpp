// SPDX-License-Identifier: GPL-2.0-only
// What our host (tests/host) needs for an I/O and for a packet, in process, on this machine's own CPU: 16 at a time by
// one thread, with what a guest needs at least to write them into the ring and to take the answers out.
#include <host/network/network_device.hpp>
#include <host/storage/disk_unit.hpp>
#include <host/storage/storage_device.hpp>

#include <benchmark/benchmark.h>

#include <memory>

#include "host_guest.hpp"

namespace {

using bench::append;
using bench::Bytes;
using bench::Driver;
using bench::fail;
using bench::Guest;
using hyperv::NvspType;
using hyperv::StorageOperation;

const uint32_t kBatch = 16;

// Ranges of a GPA-direct packet: one, from the beginning of a page.
Bytes one_range(uint32_t frame, uint32_t bytes) {
    Bytes extension;
    append(extension, uint64_t{1} << 32);
    append(extension, uint64_t{bytes});
    for (uint32_t i = 0; i * Guest::kPageBytes < bytes; i++) append(extension, uint64_t{frame} + i);
    return extension;
}

template <typename T>
Bytes bytes_of(const T& value) {
    Bytes bytes;
    append(bytes, value);
    return bytes;
}

// ---- storage ----

class Disk {
public:
    Disk()
        : device_(std::make_shared<host::StorageDevice>(guest_, guest_.bus(), host::StorageOptions())), driver_(guest_, device_) {
        device_->add_unit({}, std::make_shared<host::DiskUnit>(host::make_memory_backend(kDiskBytes), host::DiskOptions()));
        guest_.connect();
        driver_.open();
        for (const auto operation : {StorageOperation::BeginInitialization, StorageOperation::QueryProtocolVersion,
                                     StorageOperation::QueryProperties, StorageOperation::EndInitialization}) {
            hyperv::StoragePacket packet = {};
            packet.operation.set(static_cast<uint32_t>(operation));
            if (operation == StorageOperation::QueryProtocolVersion) packet.version.version.set(hyperv::kStorageVersion6_2);
            driver_.send(host::kPacketInBand, 1, {}, bytes_of(packet));
            driver_.serve();
            expect_success(driver_.next());
        }
        buffer_ = guest_.take_pages(kBatch * kMostPages);
    }

    void run(benchmark::State& state, bool write, uint32_t bytes) {
        std::vector<Bytes> extensions, payloads;
        for (uint32_t i = 0; i < kBatch; i++) {
            extensions.push_back(one_range(buffer_ + i * kMostPages, bytes));
            hyperv::StoragePacket packet = {};
            packet.operation.set(static_cast<uint32_t>(StorageOperation::ExecuteSrb));
            packet.flags.set(hyperv::kStorageCompletionRequested);
            packet.srb.length.set(sizeof packet.srb);
            packet.srb.cdb_bytes = 10;
            packet.srb.sense_bytes = hyperv::kSrbSenseBytes;
            packet.srb.direction = static_cast<uint8_t>(write ? hyperv::SrbDirection::ToDevice : hyperv::SrbDirection::FromDevice);
            packet.srb.data_bytes.set(bytes);
            // READ (10) or WRITE (10) of 512-byte blocks, all over the disk.
            const uint32_t block = (i * 0x9E3779B1u >> 8) % (kDiskBytes / bytes) * (bytes / 512);
            const unsigned char cdb[10] = {static_cast<unsigned char>(write ? 0x2A : 0x28), 0,
                                           static_cast<unsigned char>(block >> 24), static_cast<unsigned char>(block >> 16),
                                           static_cast<unsigned char>(block >> 8), static_cast<unsigned char>(block), 0,
                                           static_cast<unsigned char>(bytes / 512 >> 8), static_cast<unsigned char>(bytes / 512), 0};
            memcpy(packet.srb.cdb_or_sense, cdb, sizeof cdb);
            payloads.push_back(bytes_of(packet));
        }
        driver_.send(host::kPacketGpaDirect, 1, extensions[0], payloads[0]);
        driver_.serve();
        expect_success(driver_.next());
        for (auto _ : state) {
            for (uint32_t i = 0; i < kBatch; i++) driver_.send(host::kPacketGpaDirect, i + 1, extensions[i], payloads[i]);
            driver_.serve();
            if (driver_.take() != kBatch) fail("the disk does not answer");
        }
        state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
    }

private:
    static const uint32_t kDiskBytes = 64 << 20, kMostPages = 16;

    static void expect_success(const Driver::Received& received) {
        hyperv::StoragePacket packet = {};
        memcpy(&packet, &received.bytes[received.payload], std::min(received.bytes.size() - received.payload, sizeof packet));
        const bool io = packet.srb.length.get() == sizeof packet.srb;
        if (packet.status.get() != 0 ||
            (io && (packet.srb.srb_status & hyperv::kSrbStatusMask) != static_cast<uint8_t>(hyperv::SrbStatus::Success)))
            fail("the disk refuses a request");
    }

    Guest guest_;
    std::shared_ptr<host::StorageDevice> device_;
    Driver driver_;
    uint32_t buffer_ = 0;
};

// ---- network ----

class Sink : public host::Backend {
public:
    void send(host::Frame&, host::Inlet&) override { frames++; }
    uint64_t frames = 0;
};

class Adapter {
public:
    Adapter()
        : sink_(std::make_shared<Sink>()),
          device_(std::make_shared<host::NetworkDevice>(guest_, guest_.bus(), hyperv::Guid(), options(), sink_)),
          driver_(guest_, device_), pages_(guest_.take_pages(kBatch)) {
        guest_.connect();
        driver_.open();
        hyperv::NvspInit init = {};
        init.header.type.set(static_cast<uint32_t>(NvspType::Init));
        init.min_version.set(hyperv::kNvspVersion61);
        init.max_version.set(hyperv::kNvspVersion61);
        ask(init);
        hyperv::NvspNdisVersion version = {};
        version.header.type.set(static_cast<uint32_t>(NvspType::SendNdisVersion));
        version.major.set(6);
        version.minor.set(30);
        driver_.send(host::kPacketInBand, 0, {}, bytes_of(version));
        share(NvspType::SendReceiveBuffer, hyperv::kNvspReceiveBufferId);
        share(NvspType::SendSendBuffer, 0);
        hyperv::RndisInitialize initialize = {};
        initialize.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Initialize));
        initialize.header.length.set(sizeof initialize);
        initialize.request.set(1);
        initialize.major.set(1);
        initialize.max_transfer.set(0x4000);
        control(bytes_of(initialize));
        hyperv::RndisRequest filter = {};
        filter.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Set));
        filter.header.length.set(sizeof filter + 4);
        filter.request.set(2);
        filter.oid.set(static_cast<uint32_t>(hyperv::Oid::PacketFilter));
        filter.info_bytes.set(4);
        filter.info_offset.set(sizeof filter - hyperv::kRndisOffsetBase);
        Bytes bytes = bytes_of(filter);
        append(bytes, hyperv::kFilterDirected | hyperv::kFilterBroadcast);
        control(bytes);
    }

    void transmit(benchmark::State& state) {
        hyperv::RndisPacket packet = {};
        const Bytes data = frame();
        packet.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Packet));
        packet.header.length.set(static_cast<uint32_t>(sizeof packet + data.size()));
        packet.data_offset.set(sizeof packet - hyperv::kRndisOffsetBase);
        packet.data_bytes.set(static_cast<uint32_t>(data.size()));
        std::vector<Bytes> extensions;
        for (uint32_t i = 0; i < kBatch; i++) {
            memcpy(guest_.at(pages_ + i), &packet, sizeof packet);
            memcpy(guest_.at(pages_ + i) + sizeof packet, data.data(), data.size());
            extensions.push_back(one_range(pages_ + i, packet.header.length.get()));
        }
        const Bytes payload = header(hyperv::kNvspChannelData);
        const uint64_t before = sink_->frames;
        for (auto _ : state) {
            for (uint32_t i = 0; i < kBatch; i++) driver_.send(host::kPacketGpaDirect, i + 1, extensions[i], payload);
            driver_.serve();
            if (driver_.take() != kBatch) fail("the adapter does not answer");
        }
        if (sink_->frames - before != static_cast<uint64_t>(state.iterations()) * kBatch) fail("frames are lost");
        state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
    }

    void receive(benchmark::State& state) {
        const Bytes data = frame();
        std::vector<uint64_t> unanswered;
        for (auto _ : state) {
            bool all = true;
            device_->deliver([&](host::Inlet& inlet) {
                for (uint32_t i = 0; i < kBatch; i++) {
                    frame_.assign(data.data(), data.size());
                    all = inlet.receive(frame_) && all;
                }
            });
            unanswered.clear();
            driver_.take(&unanswered);
            if (!all || unanswered.empty()) fail("frames are lost");
            for (const uint64_t id : unanswered) complete(id);
            driver_.serve();
        }
        state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
    }

private:
    static const uint32_t kBufferPages = 25;

    static host::AdapterOptions options() {
        host::AdapterOptions options;
        options.mac = {{0x00, 0x15, 0x5d, 0x00, 0x01, 0x02}};
        return options;
    }
    // UDP of 64 bytes to the adapter, without a checksum.
    static Bytes frame() {
        Bytes bytes = {0x00, 0x15, 0x5d, 0x00, 0x01, 0x02, 0x02, 0x6c, 0x69, 0x73, 0x00, 0x02, 0x08, 0x00, 0x45, 0, 0, 92, 0, 0, 0, 0,
                       64, 17, 0xf6, 0x8d, 192, 0, 2, 1, 192, 0, 2, 2, 0x27, 0x10, 0, 9, 0, 72, 0, 0};
        bytes.resize(106);
        return bytes;
    }
    static Bytes header(uint32_t channel_type) {
        hyperv::NvspRndisPacket packet = {};
        packet.header.type.set(static_cast<uint32_t>(NvspType::SendRndisPacket));
        packet.channel_type.set(channel_type);
        packet.section_index.set(hyperv::kNvspNoSection);
        return bytes_of(packet);
    }

    template <typename T>
    void ask(const T& message) {
        driver_.send(host::kPacketInBand, 1, {}, bytes_of(message));
        driver_.serve();
        driver_.next();
    }
    void share(NvspType type, uint16_t id) {
        const uint32_t handle = 100 + static_cast<uint32_t>(type);
        guest_.share(driver_.relid(), handle, guest_.take_pages(kBufferPages), kBufferPages);
        hyperv::NvspBuffer buffer = {};
        buffer.header.type.set(static_cast<uint32_t>(type));
        buffer.gpadl.set(handle);
        buffer.id.set(id);
        ask(buffer);
    }
    void complete(uint64_t transaction_id) {
        hyperv::NvspRndisPacketComplete message = {};
        message.header.type.set(static_cast<uint32_t>(NvspType::SendRndisPacketComplete));
        message.status.set(static_cast<uint32_t>(hyperv::NvspStatus::Success));
        driver_.complete(transaction_id, bytes_of(message));
    }
    void control(const Bytes& message) {
        memcpy(guest_.at(pages_), message.data(), message.size());
        driver_.send(host::kPacketGpaDirect, 1, one_range(pages_, static_cast<uint32_t>(message.size())),
                     header(hyperv::kNvspChannelControl));
        driver_.serve();
        guest_.settle();
        std::vector<uint64_t> unanswered;
        driver_.take(&unanswered);
        for (const uint64_t id : unanswered) complete(id);
        driver_.serve();
    }

    Guest guest_;
    std::shared_ptr<Sink> sink_;
    std::shared_ptr<host::NetworkDevice> device_;
    Driver driver_;
    const uint32_t pages_;
    host::Frame frame_;
};

} // namespace

int main(int argc, char** argv) {
    const struct {
        const char* name;
        bool write;
        uint32_t bytes;
    } disks[] = {{"disk/read/4096", false, 4096}, {"disk/write/4096", true, 4096}, {"disk/read/65536", false, 65536}};
    for (const auto& each : disks)
        benchmark::RegisterBenchmark(each.name, [=](benchmark::State& state) { Disk().run(state, each.write, each.bytes); });
    benchmark::RegisterBenchmark("network/send/64", [](benchmark::State& state) { Adapter().transmit(state); });
    benchmark::RegisterBenchmark("network/receive/64", [](benchmark::State& state) { Adapter().receive(state); });
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
