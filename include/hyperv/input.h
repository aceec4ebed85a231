// SPDX-License-Identifier: GPL-2.0-only
// Keyboard (protocol.md 8.2) and mouse (8.3): in-band packets.
#ifndef HYPERV_INPUT_H
#define HYPERV_INPUT_H

#include <hyperv/ring.h>

namespace hyperv {

// ---- keyboard: the message is the payload, padded to 8 bytes ----

const uint32_t kKeyboardVersion = 0x00010000;

enum class KeyboardType : uint32_t {
    ProtocolRequest = 1,  // to the host
    ProtocolResponse = 2,
    Event = 3,
    SetLeds = 4,          // to the host
};

struct KeyboardRequest {
    lis::Le32 type; // ProtocolRequest
    lis::Le32 version;
};
LIS_WIRE_SIZE(KeyboardRequest, 8);
LIS_WIRE_AT(KeyboardRequest, version, 4);

struct KeyboardResponse {
    lis::Le32 type; // ProtocolResponse
    lis::Le32 status;
};
LIS_WIRE_SIZE(KeyboardResponse, 8);
LIS_WIRE_AT(KeyboardResponse, status, 4);

const uint32_t kKeyboardAccepted = 1; // KeyboardResponse::status

struct KeyboardEvent {
    lis::Le32 type; // Event
    lis::Le16 code; // of scan code set 1, or UTF-16 with kKeyUnicode
    lis::Le16 reserved;
    lis::Le32 flags;
};
LIS_WIRE_SIZE(KeyboardEvent, 12);
LIS_WIRE_AT(KeyboardEvent, code, 4);
LIS_WIRE_AT(KeyboardEvent, flags, 8);

// KeyboardEvent::flags
const uint32_t kKeyUnicode = 1;
const uint32_t kKeyBreak = 2; // the key goes up
const uint32_t kKeyE0 = 4;    // the code has this prefix
const uint32_t kKeyE1 = 8;

// ---- mouse: a PipeHeader, then this header, then the data ----

const uint32_t kMouseVersion = 0x00020000;

enum class MouseType : uint32_t {
    ProtocolRequest = 0,   // to the host
    ProtocolResponse = 1,
    DeviceInfo = 2,
    DeviceInfoAck = 3,     // to the host
    InputReport = 4,       // the data is a HID report
};

struct MouseHeader {
    lis::Le32 type; // MouseType
    lis::Le32 size; // of the data
};
LIS_WIRE_SIZE(MouseHeader, 8);
LIS_WIRE_AT(MouseHeader, size, 4);

struct MouseRequest {
    PipeHeader pipe;
    MouseHeader header;
    lis::Le32 version;
};
LIS_WIRE_SIZE(MouseRequest, 20);
LIS_WIRE_AT(MouseRequest, header, 8);
LIS_WIRE_AT(MouseRequest, version, 16);

// Data of ProtocolResponse.
struct MouseResponse {
    lis::Le32 version;
    unsigned char approved; // 0: no
};
LIS_WIRE_SIZE(MouseResponse, 5);
LIS_WIRE_AT(MouseResponse, approved, 4);

struct MouseInfoAck {
    PipeHeader pipe;
    MouseHeader header;
    unsigned char reserved;
};
LIS_WIRE_SIZE(MouseInfoAck, 17);
LIS_WIRE_AT(MouseInfoAck, reserved, 16);

// Data of DeviceInfo: these attributes, a HidDescriptor, the report descriptor.
struct HidAttributes {
    lis::Le32 size;
    lis::Le16 vendor;
    lis::Le16 product;
    lis::Le16 version;
    unsigned char reserved[22];
};
LIS_WIRE_SIZE(HidAttributes, 32);
LIS_WIRE_AT(HidAttributes, vendor, 4);
LIS_WIRE_AT(HidAttributes, version, 8);
LIS_WIRE_AT(HidAttributes, reserved, 10);

// As in the HID specification, with one class descriptor.
struct HidDescriptor {
    unsigned char length; // of this struct; the report descriptor begins behind it
    unsigned char type;
    lis::Le16 hid_version;
    unsigned char country;
    unsigned char class_descriptors;
    unsigned char report_type;
    lis::Le16 report_length;
};
LIS_WIRE_SIZE(HidDescriptor, 9);
LIS_WIRE_AT(HidDescriptor, hid_version, 2);
LIS_WIRE_AT(HidDescriptor, report_type, 6);
LIS_WIRE_AT(HidDescriptor, report_length, 7);

const unsigned char kHidDescriptorType = 0x21;
const unsigned char kHidReportDescriptorType = 0x22;
const uint32_t kHidReportDescriptorLimit = 4096; // of what guests take

// The ids that hosts are known to give, and the report that goes with them.
const uint16_t kMouseVendor = 0x045E;
const uint16_t kMouseProduct = 0x0621;

struct MouseReport {
    unsigned char buttons; // bit 0 left, 1 right, 2 middle
    lis::Le16 x;           // 0 to kMouseRange over the screen
    lis::Le16 y;
    lis::Le16 wheel;       // signed
};
LIS_WIRE_SIZE(MouseReport, 7);
LIS_WIRE_AT(MouseReport, x, 1);
LIS_WIRE_AT(MouseReport, y, 3);
LIS_WIRE_AT(MouseReport, wheel, 5);

const uint16_t kMouseRange = 32767;

} // namespace hyperv

#endif
