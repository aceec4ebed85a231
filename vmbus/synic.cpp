// SPDX-License-Identifier: GPL-2.0-only
#include "synic.hpp"

#include <lis/shared.hpp>

namespace vmbus {

using lis::Status;

static const uint32_t kPagesPerCpu = 3;

Synic::Synic()
    : pages_(nullptr), table_(nullptr), cpus_(nullptr), cpu_limit_(0), vector_(0), auto_eoi_(false) {}

Synic::~Synic() {
    lis_os_unmap(cpus_);
    lis_os_pages_free(table_);
    lis_os_pages_free(pages_);
}

Status Synic::init(uint32_t vector, bool auto_eoi) {
    vector_ = vector;
    auto_eoi_ = auto_eoi;
    cpu_limit_ = lis_os_cpu_limit();
    const uint32_t table_pages =
        (cpu_limit_ * static_cast<uint32_t>(sizeof(Cpu)) + hyperv::kPageBytes - 1) / hyperv::kPageBytes;
    table_ = lis_os_pages_alloc(table_pages);
    if (table_ == nullptr)
        return Status::NoMemory;
    cpus_ = static_cast<Cpu*>(lis_os_pages_map(table_, 0, table_pages));
    if (cpus_ == nullptr)
        return Status::NoMemory;
    pages_ = lis_os_pages_alloc(cpu_limit_ * kPagesPerCpu);
    if (pages_ == nullptr)
        return Status::NoMemory;
    for (uint32_t cpu = 0; cpu < cpu_limit_; cpu++) {
        unsigned char* const messages =
            static_cast<unsigned char*>(lis_os_pages_address(pages_, cpu * kPagesPerCpu));
        unsigned char* const events =
            static_cast<unsigned char*>(lis_os_pages_address(pages_, cpu * kPagesPerCpu + 1));
        hyperv::SynicMessage* const slots = reinterpret_cast<hyperv::SynicMessage*>(messages);
        cpus_[cpu].slot = slots + hyperv::kVmbusSint;
        cpus_[cpu].events =
            reinterpret_cast<uint32_t*>(events + hyperv::kVmbusSint * hyperv::kEventFlagsBytes);
        cpus_[cpu].post = lis_os_pages_address(pages_, cpu * kPagesPerCpu + 2);
    }
    return Status::Ok;
}

static void set_page(uint32_t msr, uint64_t frame) {
    const uint64_t kept = lis_os_msr_read(msr) & hyperv::kPagePreserve;
    lis_os_msr_write(msr, (frame << 12) | kept | hyperv::kPageEnable);
}

static void clear_page(uint32_t msr) {
    lis_os_msr_write(msr, lis_os_msr_read(msr) & hyperv::kPagePreserve);
}

void Synic::raise_vector() const {
    uint64_t value = lis_os_msr_read(hyperv::kMsrSint0 + hyperv::kVmbusSint);
    value &= ~(hyperv::kSintVectorMask | hyperv::kSintMasked | hyperv::kSintAutoEoi | hyperv::kSintPolling);
    value |= vector_ & hyperv::kSintVectorMask;
    if (auto_eoi_)
        value |= hyperv::kSintAutoEoi;
    lis_os_msr_write(hyperv::kMsrSint0 + hyperv::kVmbusSint, value);
}

void Synic::enable(uint32_t cpu) {
    // What a previous kernel or connection left must not be taken for news.
    lis::clear_shared(cpus_[cpu].slot - hyperv::kVmbusSint, hyperv::kPageBytes);
    lis::clear_shared(reinterpret_cast<unsigned char*>(cpus_[cpu].events) -
                          hyperv::kVmbusSint * hyperv::kEventFlagsBytes,
                      hyperv::kPageBytes);
    set_page(hyperv::kMsrSimp, lis_os_pages_frame(pages_, cpu * kPagesPerCpu));
    set_page(hyperv::kMsrSiefp, lis_os_pages_frame(pages_, cpu * kPagesPerCpu + 1));

    raise_vector();

    lis_os_msr_write(hyperv::kMsrScontrol, lis_os_msr_read(hyperv::kMsrScontrol) | hyperv::kScontrolEnable);
}

void Synic::mask(uint32_t) {
    const uint32_t msr = hyperv::kMsrSint0 + hyperv::kVmbusSint;
    lis_os_msr_write(msr, lis_os_msr_read(msr) | hyperv::kSintMasked);
}

void Synic::disable(uint32_t cpu) {
    mask(cpu);
    clear_page(hyperv::kMsrSimp);
    clear_page(hyperv::kMsrSiefp);
    lis_os_msr_write(hyperv::kMsrScontrol,
                     lis_os_msr_read(hyperv::kMsrScontrol) & ~hyperv::kScontrolEnable);
}

// The caller has freed the slot by a full barrier, so a host that found it busy has
// set the flag before this load, or sees the free slot.
void Synic::end_of_message(const hyperv::SynicMessage* slot) {
    if ((lis::load_once(&slot->flags) & hyperv::kSynicMessagePending) != 0)
        lis_os_msr_write(hyperv::kMsrEom, 0);
}

Synic::Taken Synic::take_message(uint32_t cpu, Inbox& inbox, Counters& counters) {
    hyperv::SynicMessage* const slot = cpus_[cpu].slot;
    const uint32_t type = lis::load_once(&slot->type, __ATOMIC_ACQUIRE);
    if (type == hyperv::kSynicMessageNone)
        return Taken::Nothing;

    if (type != hyperv::kSynicMessageChannel) {
        counters.add(Counter::MessageForeign);
    } else {
        const uint32_t size = lis::load_once(&slot->payload_bytes);
        if (size > hyperv::kMaxMessageBytes) {
            counters.add(Counter::MessageOversize);
        } else {
            lis::SpinGuard guard(inbox.lock());
            ControlMessage* const place = inbox.reserve();
            if (place == nullptr) {
                __atomic_store_n(&cpus_[cpu].stalled, 1u, __ATOMIC_RELEASE);
                counters.add(Counter::InboxFull);
                return Taken::Full;
            }
            place->size = size;
            lis::copy_in(place->bytes, slot->payload, size);
            // The crash path may have taken it meanwhile: only the winner has it.
            if (lis::compare_exchange(&slot->type, type, hyperv::kSynicMessageNone) != type)
                return Taken::Nothing;
            inbox.commit();
            end_of_message(slot);
            return Taken::Message;
        }
    }
    if (lis::compare_exchange(&slot->type, type, hyperv::kSynicMessageNone) != type)
        return Taken::Nothing;
    end_of_message(slot);
    return Taken::Other;
}

bool Synic::take_stalled(uint32_t cpu) {
    return __atomic_exchange_n(&cpus_[cpu].stalled, 0u, __ATOMIC_ACQ_REL) != 0;
}

bool Synic::take_in_crash(uint32_t cpu, uint32_t* message_type) {
    hyperv::SynicMessage* const slot = cpus_[cpu].slot;
    const uint32_t type = lis::load_once(&slot->type, __ATOMIC_ACQUIRE);
    if (type == hyperv::kSynicMessageNone)
        return false;
    lis::Le32 channel_message;
    lis::copy_in(&channel_message, slot->payload, sizeof channel_message);
    if (lis::compare_exchange(&slot->type, type, hyperv::kSynicMessageNone) != type)
        return false;
    // EOM concerns the CPU that writes it: it is of no use for another CPU's slot, and does no harm.
    end_of_message(slot);
    *message_type = channel_message.get();
    return type == hyperv::kSynicMessageChannel;
}

void Synic::tell_end_of_message() {
    lis_os_msr_write(hyperv::kMsrEom, 0);
}

void Synic::clear_slot(uint32_t cpu) {
    lis::store_once(&cpus_[cpu].slot->type, hyperv::kSynicMessageNone, __ATOMIC_RELEASE);
}

uint32_t Synic::take_events(uint32_t cpu, uint32_t index) {
    return lis::take_flags(&cpus_[cpu].events[index]);
}

} // namespace vmbus
