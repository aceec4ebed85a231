// SPDX-License-Identifier: GPL-2.0-only
// A ring with a RingWriter at one end and a well-behaved host at the other.
#ifndef SUPPORT_RING_WRITER_FIXTURE_HPP
#define SUPPORT_RING_WRITER_FIXTURE_HPP

#include "report_to_gtest.hpp"
#include "ring_host.hpp"
#include "shared_watch.hpp"

#include <lis/ring_writer.hpp>

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>

namespace support {

// What is sent in tests where only order and integrity matter.
struct Message {
    uint64_t id;
    Bytes bytes;
    lis::Span piece;
    lis::RingPacket packet;

    Message(uint64_t number, size_t size)
        : id(number), bytes(pattern(size, static_cast<unsigned>(number))), piece(bytes.data(), bytes.size()),
          packet{hyperv::PacketType::InBand, false, number, &piece, 1, 0} {}
    Message(const Message&) = delete;
};

inline Bytes padded(Bytes bytes) {
    bytes.resize((bytes.size() + 7) & ~size_t{7});
    return bytes;
}

template <typename Producers>
class RingWriterTest : public testing::Test {
protected:
    RingWriterTest() { reset(4096); }

    void reset(uint32_t size) {
        watch.reset();
        memory.reset(new RingMemory(size));
        watch.reset(new SharedWatch(*memory));
        host.reset(new RingHost(*memory));
        writer.reset(new lis::RingWriter<Producers>);
        ASSERT_EQ(writer->init(memory->ring()), lis::Status::Ok);
        watch->forget_counts();
    }

    hyperv::RingControl& control() { return memory->control(); }

    lis::Result<lis::Signal> send(uint64_t id, size_t size) { return writer->send(Message(id, size).packet); }
    lis::Status add(uint64_t id, size_t size) { return writer->add(Message(id, size).packet); }

    void expect_next(uint64_t id, size_t size) {
        ASSERT_GT(host->used(), 0u);
        const HostPacket packet = host->take();
        EXPECT_EQ(packet.id, id);
        EXPECT_EQ(packet.body, padded(pattern(size, static_cast<unsigned>(id))));
    }

    // Moves writer and host to that index, the ring being empty.
    void move_to(uint32_t index) {
        while (control().write_index != index) {
            const uint32_t gap = (index + memory->size() - control().write_index) % memory->size();
            uint32_t bytes = std::min(gap, memory->size() / 2);
            if (gap != bytes && gap - bytes < 24) bytes -= 24;
            if (bytes < 24) bytes = 1024; // once more around
            ASSERT_TRUE(send(0, bytes - 24).ok());
            host->take();
        }
    }

    std::unique_ptr<RingMemory> memory;
    std::unique_ptr<SharedWatch> watch;
    std::unique_ptr<RingHost> host;
    std::unique_ptr<lis::RingWriter<Producers>> writer;
};

} // namespace support

#endif
