// SPDX-License-Identifier: GPL-2.0-only
#include "bus.hpp"

#include "version.hpp"

namespace vmbus {

using lis::Status;

Bus::Bus()
    : max_version(0), suspended_version(0), poster(synic, counters), exchange(counters), connection(poster, exchange, synic, counters),
      enumerator(*this), dispatcher(*this) {}

Status Bus::init(const vmbus_core_settings& settings) {
    max_version = settings.max_version;
    LIS_TRY(inbox.init());
    LIS_TRY(exchange.init());
    LIS_TRY(ledger.init());
    LIS_TRY(placement.init());
    LIS_TRY(synic.init(settings.vector, settings.auto_eoi != 0));
    LIS_TRY(connection.init());
    LIS_TRY(enumerator.init());
    return dispatcher.init();
}

// Events first, then messages, so that data is noticed before the rescind behind it.
void Bus::interrupt(uint32_t cpu) {
    if (has_channel_events(connection.version()))
        scan_channel_events(cpu);
    else
        scan_legacy_events(cpu);

    const Synic::Taken taken = synic.take_message(cpu, inbox, counters);
    if (taken == Synic::Taken::Message || taken == Synic::Taken::Full)
        dispatcher.wake();
}

void Bus::scan_channel_events(uint32_t cpu) {
    const uint32_t words = channels.event_words();
    for (uint32_t index = 0; index < words; index++)
        raise(index * 32, synic.take_events(cpu, index));
}

// One flag says that the interrupt page has news.
void Bus::scan_legacy_events(uint32_t cpu) {
    if ((synic.take_events(cpu, 0) & 1) == 0)
        return;
    for (uint32_t index = 0; index < hyperv::kLegacyChannelLimit / 32; index++)
        raise(index * 32, connection.take_legacy_events(index));
}

void Bus::raise(uint32_t first_relid, uint32_t bits) {
    for (; bits != 0; bits &= bits - 1) {
        Channel* const channel = channels.find(first_relid + static_cast<uint32_t>(__builtin_ctz(bits)));
        if (channel != nullptr)
            channel->on_interrupt();
        else
            counters.add(Counter::EventUnknown);
    }
}

} // namespace vmbus
