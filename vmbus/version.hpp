// SPDX-License-Identifier: GPL-2.0-only
// Protocol versions and what each of them changes (protocol.md 2.2).
#ifndef VMBUS_VERSION_HPP
#define VMBUS_VERSION_HPP

#include <hyperv/vmbus.h>

namespace vmbus {

// Version number index of those that we speak, newest first; 0 behind the last.
uint32_t version_at(uint32_t index);

inline uint32_t version_major(uint32_t version) {
    return version >> 16;
}
inline uint32_t version_minor(uint32_t version) {
    return version & 0xFFFF;
}

// Connection id that INITIATE_CONTACT of this version goes to.
uint32_t contact_connection_id(uint32_t version);

// Highest relid + 1 that a host of this version may use.
uint32_t channel_limit(uint32_t version);

// Each channel has its own event flag, on a CPU of the guest's choice.
inline bool has_channel_events(uint32_t version) {
    return version >= hyperv::kVersionWin8;
}
// Control messages come to the CPU named in INITIATE_CONTACT.
inline bool has_message_target(uint32_t version) {
    return version >= hyperv::kVersionWin81;
}
// The host can be left by UNLOAD and connected to again.
inline bool has_unload(uint32_t version) {
    return version >= hyperv::kVersionWin81;
}
// INITIATE_CONTACT names a SINT instead of an interrupt page.
inline bool has_contact_sint(uint32_t version) {
    return version >= hyperv::kVersionWin10V5;
}
inline bool has_connect_service(uint32_t version) {
    return version >= hyperv::kVersionWin10;
}
inline bool has_modify_channel(uint32_t version) {
    return version >= hyperv::kVersionWin10Rs3;
}
inline bool has_modify_response(uint32_t version) {
    return version >= hyperv::kVersionIron;
}
inline bool has_service_silo(uint32_t version) {
    return version >= hyperv::kVersionWin10V52;
}
// An offer carries its own connection id and dedicated interrupt.
inline bool has_offer_signalling(uint32_t version) {
    return version >= hyperv::kVersionWin7;
}

} // namespace vmbus

#endif
