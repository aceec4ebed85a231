// SPDX-License-Identifier: GPL-2.0-only
// Integration services: framing, negotiation, and what each service says (protocol.md
// chapter 4). Every message is one in-band packet: IcMessage and a body. The host asks;
// the guest sends the same message back, changed, as another in-band packet.
#ifndef HYPERV_IC_H
#define HYPERV_IC_H

#include <hyperv/ring.h>
#include <lis/le.hpp>

namespace hyperv {

// ---- framing (4.1) ----

enum class IcType : uint16_t {
    Negotiate = 0,
    Heartbeat = 1,
    Kvp = 2,
    Shutdown = 3,
    TimeSync = 4,
    Vss = 5,
    FileCopy = 7,
};

enum IcFlags : unsigned char {
    kIcTransaction = 1,
    kIcRequest = 2,
    kIcResponse = 4,
};

// HRESULTs. A guest may answer with others.
const uint32_t kIcOk = 0;
const uint32_t kIcFail = 0x80004005;
const uint32_t kIcNotFound = 0x80041002;
const uint32_t kIcNotSupported = 0x80070032;
const uint32_t kIcExists = 0x80070050;
const uint32_t kIcInvalidArgument = 0x80070057;
const uint32_t kIcDiskFull = 0x80070070;
const uint32_t kIcNoMoreItems = 0x80070103;

struct IcVersion {
    lis::Le16 major;
    lis::Le16 minor;
};
LIS_WIRE_SIZE(IcVersion, 4);

struct IcHeader {
    IcVersion framework;
    lis::Le16 type; // IcType
    IcVersion message;
    lis::Le16 size; // of the body
    lis::Le32 status;
    unsigned char transaction;
    unsigned char flags; // IcFlags
    lis::Le16 reserved;
};
LIS_WIRE_SIZE(IcHeader, 20);
LIS_WIRE_AT(IcHeader, type, 4);
LIS_WIRE_AT(IcHeader, size, 10);
LIS_WIRE_AT(IcHeader, status, 12);
LIS_WIRE_AT(IcHeader, transaction, 16);

struct IcMessage {
    PipeHeader pipe;
    IcHeader ic;
};
LIS_WIRE_SIZE(IcMessage, 28);

// ---- negotiation (4.2) ----

// Followed by that many versions, those of the framework first. The answer has one of
// each, or counts of 0 when there is no common one; its size field says kIcNegotiatedBytes.
struct IcNegotiate {
    lis::Le16 framework_count;
    lis::Le16 message_count;
    lis::Le32 reserved;
};
LIS_WIRE_SIZE(IcNegotiate, 8);
const uint16_t kIcNegotiatedBytes = 16;

// ---- heartbeat (4.3) ----

enum class IcApplicationState : uint32_t { Unknown = 0, Healthy = 1, Critical = 2, Stopped = 3 };

struct IcHeartbeat {
    lis::Le64 sequence; // the answer has the next number
    lis::Le32 application_state;
    unsigned char reserved[28];
};
LIS_WIRE_SIZE(IcHeartbeat, 40);
LIS_WIRE_AT(IcHeartbeat, application_state, 8);

// ---- shutdown (4.4) ----

const uint32_t kIcPlanned = 0x80000000;

enum IcShutdownFlags : uint32_t {
    kIcForced = 1,
    kIcRestart = 2,   // from message version 3.1
    kIcHibernate = 4, // from 3.2
};

struct IcShutdown {
    lis::Le32 reason;
    lis::Le32 seconds;
    lis::Le32 flags; // IcShutdownFlags
    unsigned char text[2048];
};
LIS_WIRE_SIZE(IcShutdown, 2060);
LIS_WIRE_AT(IcShutdown, text, 12);

// ---- time (4.5) ----

enum IcTimeFlags : unsigned char {
    kIcTimeSync = 1,   // set the clock
    kIcTimeSample = 2, // one of many
};

// Times count 100 ns since 1601-01-01 UTC.
struct IcTime { // before message version 4.0
    lis::Le64 host_time;
    lis::Le64 guest_time;
    lis::Le64 round_trip;
    unsigned char flags; // IcTimeFlags
    unsigned char reserved[3];
};
LIS_WIRE_SIZE(IcTime, 28);
LIS_WIRE_AT(IcTime, flags, 24);

struct IcTime4 {
    lis::Le64 host_time;
    lis::Le64 reference_time; // when host_time was read
    unsigned char flags;      // IcTimeFlags
    unsigned char leap;
    unsigned char stratum;
    unsigned char reserved[5];
};
LIS_WIRE_SIZE(IcTime4, 24);
LIS_WIRE_AT(IcTime4, flags, 16);

// ---- key-value pairs (4.6) ----

enum class KvpOperation : unsigned char { Get = 0, Set = 1, Delete = 2, Enumerate = 3, GetIpInfo = 4, SetIpInfo = 5 };

enum class KvpPool : unsigned char {
    External = 0,     // from the host
    Guest = 1,        // from the guest
    Auto = 2,         // from the guest's system
    AutoExternal = 3, // about the host
};

enum class KvpType : uint32_t {
    String = 1,
    ExpandString = 2,
    U32 = 4,
    U64Linux = 8, // so in Linux's headers
    U64 = 11,
};

struct KvpHeader {
    unsigned char operation; // KvpOperation
    unsigned char pool;      // KvpPool
};
LIS_WIRE_SIZE(KvpHeader, 2);

// Every KVP message is as long as the longest.
const uint32_t kKvpBodyBytes = 7428;
const uint32_t kKvpKeyBytes = 512;
const uint32_t kKvpValueBytes = 2048;

// Texts are UTF-16; sizes are in bytes and include the final 0.
struct KvpValue {
    lis::Le32 type; // KvpType
    lis::Le32 key_size;
    lis::Le32 value_size;
    unsigned char key[kKvpKeyBytes];
    unsigned char value[kKvpValueBytes];
};
LIS_WIRE_SIZE(KvpValue, 2572);
LIS_WIRE_AT(KvpValue, key, 12);
LIS_WIRE_AT(KvpValue, value, 524);

struct KvpExchange { // Get, Set
    KvpHeader header;
    lis::Le16 reserved;
    KvpValue value;
};
LIS_WIRE_AT(KvpExchange, value, 4);

struct KvpDelete {
    KvpHeader header;
    lis::Le16 reserved;
    lis::Le32 key_size;
    unsigned char key[kKvpKeyBytes];
};
LIS_WIRE_AT(KvpDelete, key, 8);

struct KvpEnumerate {
    KvpHeader header;
    lis::Le16 reserved;
    lis::Le32 index;
    KvpValue value;
};
LIS_WIRE_AT(KvpEnumerate, value, 8);

enum class KvpFamily : unsigned char { None = 0, V4 = 1, V6 = 2, Both = 3 };

// Lists are separated by ';'.
struct KvpIpInfo {
    KvpHeader header;
    unsigned char adapter[256]; // the network device's instance GUID, in braces
    unsigned char family;       // KvpFamily
    unsigned char dhcp;
    unsigned char addresses[2048];
    unsigned char masks[2048];
    unsigned char gateways[1024];
    unsigned char name_servers[2048];
};
LIS_WIRE_SIZE(KvpIpInfo, kKvpBodyBytes);
LIS_WIRE_AT(KvpIpInfo, family, 258);
LIS_WIRE_AT(KvpIpInfo, addresses, 260);
LIS_WIRE_AT(KvpIpInfo, gateways, 4356);
LIS_WIRE_AT(KvpIpInfo, name_servers, 5380);

// ---- backup (4.7) ----

enum class VssOperation : unsigned char {
    Create = 0,
    Delete = 1,
    CheckHotBackup = 2,
    GetDirectMapped = 3,
    BackupComplete = 4, // from message version 4.0
    Freeze = 5,
    Thaw = 6,
    AutoRecover = 7,  // from 5.0
    QueryCluster = 8, // from 6.0
};

const uint32_t kVssNoAutoRecovery = 5; // flags of the answer to CheckHotBackup

struct VssMessage {
    unsigned char operation; // VssOperation
    unsigned char reserved[7];
    lis::Le32 flags;
};
LIS_WIRE_SIZE(VssMessage, 12);
LIS_WIRE_AT(VssMessage, flags, 8);

// ---- file copy (4.8) ----

enum class FileCopyOperation : uint32_t { Start = 0, Write = 1, Complete = 2, Cancel = 3 };

enum FileCopyFlags : uint32_t {
    kFileCopyOverwrite = 1,
    kFileCopyCreatePath = 2,
};

const uint32_t kFileCopyChunkBytes = 6144;
const uint32_t kFileCopyNameUnits = 260; // of UTF-16, with the final 0

struct FileCopyHeader { // Complete, Cancel
    lis::Le32 operation; // FileCopyOperation
    unsigned char services[32];
};
LIS_WIRE_SIZE(FileCopyHeader, 36);

struct FileCopyStart {
    FileCopyHeader header;
    unsigned char file_name[2 * kFileCopyNameUnits];
    unsigned char path_name[2 * kFileCopyNameUnits];
    lis::Le32 flags; // FileCopyFlags
    lis::Le64 size;
};
LIS_WIRE_SIZE(FileCopyStart, 1088);
LIS_WIRE_AT(FileCopyStart, path_name, 556);
LIS_WIRE_AT(FileCopyStart, flags, 1076);
LIS_WIRE_AT(FileCopyStart, size, 1080);

struct FileCopyWrite {
    FileCopyHeader header;
    lis::Le32 reserved;
    lis::Le64 offset;
    lis::Le32 size;
    unsigned char data[kFileCopyChunkBytes];
};
LIS_WIRE_SIZE(FileCopyWrite, 6196);
LIS_WIRE_AT(FileCopyWrite, offset, 40);
LIS_WIRE_AT(FileCopyWrite, data, 52);

} // namespace hyperv

#endif
