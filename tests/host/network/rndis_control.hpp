// SPDX-License-Identifier: GPL-2.0-only
// RNDIS control messages: what the guest asks the adapter, and what it is told (protocol.md 6.6).
#ifndef HOST_NETWORK_RNDIS_CONTROL_HPP
#define HOST_NETWORK_RNDIS_CONTROL_HPP

#include "oids.hpp"

namespace host {

const size_t kControlLimit = 8192; // bytes of a message that is read

// Obeys one message, whole as its header says; the reply is empty where none is due.
// Null: good; else what is wrong with it.
const char* obey_control(Adapter& adapter, const Bytes& message, Bytes& reply);

Bytes indicate_status(uint32_t status, const Bytes& buffer = {});

} // namespace host

#endif
