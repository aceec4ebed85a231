// SPDX-License-Identifier: GPL-2.0-only
// What a switch does to a frame for a sender that left it undone: checksums and TCP
// segmentation, and for a receiver: judging checksums.
#ifndef HOST_NETWORK_OFFLOAD_HPP
#define HOST_NETWORK_OFFLOAD_HPP

#include "layers.hpp"

#include <functional>

namespace host {

// The sender wants the checksum of the transport header at that offset (0: find it)
// filled in. False: there is no such header in the frame.
bool want_checksum(Frame& frame, bool tcp, size_t transport);
// The sender wants TCP segments of so many bytes. Lengths, IP checksum and the pseudo-header's
// sum, which senders leave at zero or incomplete, become those of the whole frame.
// False: not a TCP frame that can be cut.
bool want_segments(Frame& frame, bool ip6, size_t segment_bytes);

// No longer partial: the checksum is that of the bytes. The frame must fit what it wants.
void finish_checksum(Frame& frame);
// Sees whether the checksum is good, for TCP and UDP over a whole IP packet; sets checksum_good.
// False: it is wrong.
bool judge_checksum(Frame& frame);

// Calls use with each segment, finished, made in `scratch`; or with the frame itself, finished,
// when there is nothing to cut. Stops when use says false.
void for_each_segment(Frame& frame, Frame& scratch, const std::function<bool(Frame&)>& use);

} // namespace host

#endif
