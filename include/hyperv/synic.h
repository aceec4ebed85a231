// SPDX-License-Identifier: GPL-2.0-only
// Synthetic interrupt controller, message and event pages (protocol.md 1.2, 1.6 - 1.8).
#ifndef HYPERV_SYNIC_H
#define HYPERV_SYNIC_H

#include <lis/le.hpp>

namespace hyperv {

const uint32_t kMsrVpIndex = 0x40000002;
const uint32_t kMsrScontrol = 0x40000080;
const uint32_t kMsrSiefp = 0x40000082;
const uint32_t kMsrSimp = 0x40000083;
const uint32_t kMsrEom = 0x40000084;
const uint32_t kMsrSint0 = 0x40000090;

const uint64_t kPageEnable = 1;                // SIMP, SIEFP
const uint64_t kPagePreserve = 0xFFE;          // SIMP, SIEFP: bits to write back
const uint64_t kScontrolEnable = 1;
const uint64_t kSintVectorMask = 0xFF;
const uint64_t kSintMasked = 1ull << 16;
const uint64_t kSintAutoEoi = 1ull << 17;
const uint64_t kSintPolling = 1ull << 18;

const uint32_t kVmbusSint = 2;

const uint32_t kSynicMessageNone = 0;
const uint32_t kSynicMessageChannel = 1;
const uint32_t kSynicMessageTimerExpired = 0x80000010;

const unsigned char kSynicMessagePending = 1;

struct SynicMessage {
    uint32_t type;  // 0: the slot is free
    unsigned char payload_bytes;
    unsigned char flags;
    lis::Le16 reserved;
    lis::Le64 sender;
    unsigned char payload[240];
};
LIS_WIRE_SIZE(SynicMessage, 256);
LIS_WIRE_AT(SynicMessage, payload, 16);

const uint32_t kEventFlagsBytes = 256;  // a SINT
const uint32_t kEventFlagWords = kEventFlagsBytes / 4;

// Interrupt page: bits for channels, set by the host and by the guest (before 2.4).
const uint32_t kInterruptPageSendOffset = 2048;

struct MonitorGroup {
    uint32_t pending;
    uint32_t armed;
};

struct MonitorParameter {
    lis::Le32 connection_id;
    lis::Le16 flag;
    lis::Le16 reserved;
};

const uint32_t kMonitorGroups = 4;
const uint32_t kMonitorsInGroup = 32;

struct MonitorPage {
    lis::Le32 trigger_state;
    lis::Le32 reserved1;
    MonitorGroup groups[kMonitorGroups];
    unsigned char reserved2[24];
    lis::Le32 next_check[kMonitorGroups][kMonitorsInGroup];
    lis::Le16 latency[kMonitorGroups][kMonitorsInGroup];  // 100 ns
    unsigned char reserved3[256];
    MonitorParameter parameter[kMonitorGroups][kMonitorsInGroup];
    unsigned char reserved4[1984];
};
LIS_WIRE_SIZE(MonitorPage, 4096);
LIS_WIRE_AT(MonitorPage, groups, 0x008);
LIS_WIRE_AT(MonitorPage, next_check, 0x040);
LIS_WIRE_AT(MonitorPage, latency, 0x240);
LIS_WIRE_AT(MonitorPage, parameter, 0x440);

}  // namespace hyperv

#endif
