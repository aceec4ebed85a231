// SPDX-License-Identifier: GPL-2.0-only
// Receive-side scaling: by which table the host spreads frames over the queues (protocol.md
// 6.8, 6.9).
#include "adapter.hpp"

using hyperv::NdisRssCapabilities;
using hyperv::NdisRssParameters;
using hyperv::Oid;
using lis::MutexGuard;
using lis::Status;

namespace {

// The sample key of Microsoft's description; a shim may set another.
const uint8_t kSampleKey[NETVSC_RSS_KEY_BYTES] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
static_assert(NETVSC_RSS_KEY_BYTES == hyperv::kRssKeyBytes && NETVSC_RSS_ENTRIES == hyperv::kRssTableEntries,
              "the shim's and the protocol's");

const unsigned char kRevision = 2;

struct Parameters {
    NdisRssParameters head;
    lis::Le32 table[NETVSC_RSS_ENTRIES];
    uint8_t key[NETVSC_RSS_KEY_BYTES];
};

uint32_t hash_info(uint32_t hash) {
    return hyperv::kRssToeplitz | ((hash & NETVSC_HASH_IP4) != 0 ? hyperv::kRssIp4 : 0) |
           ((hash & NETVSC_HASH_TCP4) != 0 ? hyperv::kRssTcp4 : 0) |
           ((hash & NETVSC_HASH_UDP4) != 0 ? hyperv::kRssUdp4 : 0) |
           ((hash & NETVSC_HASH_IP6) != 0 ? hyperv::kRssIp6 : 0) |
           ((hash & NETVSC_HASH_TCP6) != 0 ? hyperv::kRssTcp6 : 0) |
           ((hash & NETVSC_HASH_UDP6) != 0 ? hyperv::kRssUdp6 : 0);
}

} // namespace

// A host that spreads nothing has one queue.
Status netvsc::query_spreading() {
    info_.queue_limit = 1;
    spreading_is_on_ = false;
    if (info_.nvsp_version < hyperv::kNvspVersion5)
        return Status::Ok;
    NdisRssCapabilities input = {};
    input.header.type = hyperv::kNdisObjectRssCapabilities;
    input.header.revision = kRevision;
    input.header.size.set(sizeof input);
    NdisRssCapabilities offered = {};
    uint32_t got = 0;
    const Status status = query(Oid::RssCapabilities, &input.header, sizeof input.header, &offered, sizeof offered, &got);
    if (status == Status::Failed || (status == Status::Ok && got < sizeof offered))
        return Status::Ok;
    LIS_TRY(status);
    const uint32_t queues = offered.receive_queues.get();
    if (queues > 1)
        info_.queue_limit = queues < options_.queues ? queues : options_.queues;
    info_.rss_entries = NETVSC_RSS_ENTRIES;
    return Status::Ok;
}

void netvsc::spread_over(uint32_t queues) {
    if (spreading_.hash == 0) {
        spreading_.hash = NETVSC_HASH_IP4 | NETVSC_HASH_TCP4 | NETVSC_HASH_IP6 | NETVSC_HASH_TCP6;
        __builtin_memcpy(spreading_.key, kSampleKey, sizeof kSampleKey);
    }
    uint32_t next = 0;
    for (uint16_t& entry : spreading_.table) {
        entry = static_cast<uint16_t>(next);
        next = next + 1 == queues ? 0 : next + 1;
    }
}

static bool fits(const netvsc_spreading& spreading, uint32_t queues) {
    for (const uint16_t entry : spreading.table)
        if (entry >= queues)
            return false;
    return true;
}

// What somebody has asked for stays as long as it fits.
Status netvsc::spread_over_locked(uint32_t queues) {
    if (!spreading_is_asked_for_ || !fits(spreading_, queues)) {
        spreading_is_asked_for_ = false;
        spread_over(queues);
    }
    return queues > 1 ? send_spreading_locked() : Status::Ok;
}

// One that is in force is switched off before it is changed.
Status netvsc::send_spreading_locked() {
    Parameters parameters = {};
    NdisRssParameters& head = parameters.head;
    head.header.type = hyperv::kNdisObjectRssParameters;
    head.header.revision = kRevision;
    head.header.size.set(sizeof head);
    head.hash.set(hash_info(spreading_.hash));
    head.table_bytes.set(sizeof parameters.table);
    head.table_offset.set(sizeof head);
    head.key_bytes.set(sizeof parameters.key);
    head.key_offset.set(sizeof head + sizeof parameters.table);
    for (uint32_t i = 0; i < NETVSC_RSS_ENTRIES; i++)
        parameters.table[i].set(spreading_.table[i]);
    __builtin_memcpy(parameters.key, spreading_.key, sizeof parameters.key);
    if (spreading_is_on_) {
        head.flags.set(hyperv::kRssDisable);
        LIS_TRY(set_locked(Oid::RssParameters, &parameters, sizeof parameters));
        head.flags.set(0);
    }
    LIS_TRY(set_locked(Oid::RssParameters, &parameters, sizeof parameters));
    spreading_is_on_ = true;
    return Status::Ok;
}

Status netvsc::set_spreading(const netvsc_spreading& spreading) {
    MutexGuard guard(asking_);
    const uint32_t queues = lis::atomic_load(&open_queues_);
    if (queues != 0 && info_.rss_entries == 0)
        return Status::Unsupported;
    if (!fits(spreading, queues != 0 ? queues : uint32_t{NETVSC_QUEUE_LIMIT}))
        return Status::Invalid;
    const netvsc_spreading before = spreading_;
    spreading_ = spreading;
    if (queues > 1) {
        const Status status = send_spreading_locked();
        if (status != Status::Ok) {
            spreading_ = before;
            return status;
        }
    }
    spreading_is_asked_for_ = true;
    return Status::Ok;
}

void netvsc::read_spreading(netvsc_spreading* spreading) {
    MutexGuard guard(asking_);
    *spreading = spreading_;
}
