// SPDX-License-Identifier: GPL-2.0-only
// The C interfaces take no handle to the bus, since a guest has one.
#ifndef VMBUS_THE_BUS_HPP
#define VMBUS_THE_BUS_HPP

namespace vmbus {

struct Bus;

// nullptr before vmbus_core_create and after vmbus_core_destroy.
Bus* the_bus();

} // namespace vmbus

#endif
