// SPDX-License-Identifier: GPL-2.0-only
// Both ends of a ring; the rings themselves are mapped by hv_vmbus (lis/vmbus.h).
#ifndef LIS_RING_HPP
#define LIS_RING_HPP

#include <lis/ring_reader.hpp>
#include <lis/ring_writer.hpp>

#endif
