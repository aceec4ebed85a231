// SPDX-License-Identifier: GPL-2.0-only
// The adapter's objects, as guests query and set them (protocol.md 6.8).
#ifndef HOST_NETWORK_OIDS_HPP
#define HOST_NETWORK_OIDS_HPP

#include "adapter.hpp"

namespace host {

typedef std::vector<unsigned char> Bytes;

// Both return a hyperv::RndisStatus. A query's answer is in `answer` when it is kRndisSuccess.
uint32_t query_oid(const Adapter& adapter, uint32_t oid, Bytes& answer);
uint32_t set_oid(Adapter& adapter, uint32_t oid, const Bytes& value);

} // namespace host

#endif
