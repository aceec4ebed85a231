// SPDX-License-Identifier: GPL-2.0-only
// The host's ends of a channel's two rings (protocol.md chapter 3), over the guest
// pages of a GPADL. Written from the protocol, not from the guest's ring code.
#ifndef HOST_RING_HPP
#define HOST_RING_HPP

#include "platform.hpp"
#include "tamper.hpp"

#include <vector>

namespace host {

struct Packet {
    uint16_t type = 0;
    uint16_t flags = 0;
    uint64_t transaction_id = 0;
    std::vector<unsigned char> extension; // between descriptor and payload
    std::vector<unsigned char> payload;   // padded to 8 bytes
};

const uint16_t kPacketInBand = 6;
const uint16_t kPacketTransferPages = 7;
const uint16_t kPacketGpaDirect = 9;
const uint16_t kPacketCompletion = 0xB;
const uint16_t kCompletionRequested = 1;

enum class RingResult { Done, Empty, Full, Corrupt };

// One ring: control page and data pages, addressed by byte offset.
class RingPages {
public:
    RingPages() {}
    // frames[0] is the control page.
    bool attach(Platform& platform, const std::vector<uint64_t>& frames);
    void detach();
    bool attached() const { return !pages_.empty(); }
    uint32_t size() const { return static_cast<uint32_t>(pages_.size() - 1) * 4096; }

    enum Field { kWriteIndex = 0, kReadIndex = 4, kInterruptMask = 8, kPendingSendSize = 12, kFeatures = 64 };
    uint32_t load(Field field) const;
    void store(Field field, uint32_t value);
    // The same, for who tampers: nobody is asked.
    void store_as_is(Field field, uint32_t value);
    RingTamper* tamper() const { return tamper_.get(); }
    void copy_in(uint32_t offset, void* to, size_t size) const;
    void copy_out(uint32_t offset, const void* from, size_t size);
    uint32_t advance(uint32_t offset, uint32_t by) const { return (offset + by) % size(); }

private:
    std::vector<unsigned char*> pages_;
    std::unique_ptr<RingTamper> tamper_;
};

// G>H: the host reads.
class IncomingRing {
public:
    RingPages pages;

    RingResult read(Packet& packet);
    // After a batch of reads: true when the guest waits for the space that came free.
    bool commit();
    // Nothing that read() has not returned.
    bool empty() const { return pages.load(RingPages::kWriteIndex) == read_; }
    void mask(bool on) { pages.store(RingPages::kInterruptMask, on ? 1 : 0); }
    void attached();

private:
    uint32_t read_ = 0;
    uint32_t committed_ = 0;
};

// H>G: the host writes.
class OutgoingRing {
public:
    RingPages pages;

    // Full: nothing was written; *signal: the guest must be told.
    RingResult write(uint16_t type, uint16_t flags, uint64_t transaction_id, const std::vector<unsigned char>& extension,
                     const std::vector<unsigned char>& payload, bool* signal);
    // Asks the guest for a signal once bytes are free; 0: no more.
    void want_space(uint32_t bytes) { pages.store(RingPages::kPendingSendSize, bytes); }
    uint32_t free_bytes() const;
    void attached();

private:
    bool put(const std::vector<unsigned char>& bytes);

    uint32_t write_ = 0;
    std::vector<unsigned char> packet_; // being written; kept, so that a packet costs no allocation
};

} // namespace host

#endif
