// SPDX-License-Identifier: GPL-2.0-only
#include "driver.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>

namespace storage_test {

using hyperv::ScsiOpcode;

const uint32_t kPage = 4096;

// ---- one command ----

unsigned char* Command::byte(size_t at) const {
    at += core.data_offset;
    return static_cast<unsigned char*>(lis_os_pages_address(pages, order[at / kPage])) + at % kPage;
}

void Command::put(const Bytes& data) {
    for (size_t i = 0; i < data.size(); i++) *byte(i) = data[i];
}

Bytes Command::get(size_t bytes) const {
    Bytes data(bytes);
    for (size_t i = 0; i < bytes; i++) data[i] = *byte(i);
    return data;
}

std::shared_ptr<Command> StorageDriver::make(const Bytes& cdb, storvsc_direction direction, uint32_t bytes, uint8_t lun,
                                             uint32_t offset) {
    const std::shared_ptr<Command> command = std::make_shared<Command>();
    command->driver = this;
    command->cdb = cdb;
    command->cdb.resize(STORVSC_CDB_LIMIT, 0xEE); // what the core may read, and must not send
    command->core.cdb = command->cdb.data();
    command->core.cdb_bytes = static_cast<uint8_t>(cdb.size());
    command->core.address = STORVSC_ADDRESS(0, 0, lun);
    command->core.direction = static_cast<uint8_t>(direction);
    command->core.tagged = 1;
    command->core.data_offset = static_cast<uint16_t>(offset);
    command->core.data_bytes = bytes;
    command->core.frames = command.get();
    if (bytes == 0) return command;
    command->order.resize((offset + bytes + kPage - 1) / kPage);
    command->pages = lis_os_pages_alloc(static_cast<uint32_t>(command->order.size()));
    std::iota(command->order.begin(), command->order.end(), 0);
    if (sorted_pages)
        std::sort(command->order.begin(), command->order.end(), [&](uint32_t one, uint32_t other) {
            return lis_os_pages_frame(command->pages, one) < lis_os_pages_frame(command->pages, other);
        });
    uint32_t& run = command->core.first_run;
    command->core.first_frame = command->frame(0);
    while (run < first_run_limit && run < command->order.size() && command->frame(run) == command->frame(0) + run) run++;
    return command;
}

void StorageDriver::queue(Command& command, bool more) {
    command.next_page = command.core.first_run;
    command.queued = 0; // it may be complete before this returns
    inside_++;
    const uint32_t cpu = lis_os_cpu_pin();
    command.queued = storvsc_queue(core_, cpu, &command, &command.core, more);
    lis_os_cpu_unpin();
    inside_--;
}

std::shared_ptr<Command> StorageDriver::queue(const Bytes& cdb, storvsc_direction direction, uint32_t bytes, uint8_t lun,
                                              uint32_t offset, bool more) {
    const std::shared_ptr<Command> command = make(cdb, direction, bytes, lun, offset);
    queue(*command, more);
    return command;
}

std::shared_ptr<Command> StorageDriver::run(const Bytes& cdb, storvsc_direction direction, uint32_t bytes, uint8_t lun,
                                            uint32_t offset) {
    const std::shared_ptr<Command> command = queue(cdb, direction, bytes, lun, offset);
    EXPECT_EQ(command->queued, 0);
    EXPECT_TRUE(wait(*command)) << "opcode " << int{cdb[0]};
    return command;
}

bool StorageDriver::wait(const Command& command, uint32_t ms) {
    return world_.wait_until([&command] { return command.completions != 0; }, ms);
}

bool StorageDriver::works(uint32_t block, uint8_t lun) {
    const uint32_t kBytes = 3 * kPage;
    Bytes data(kBytes);
    for (size_t i = 0; i < data.size(); i++) data[i] = static_cast<unsigned char>(i * 7 + block + lun);
    const std::shared_ptr<Command> write =
        make(bus_test::cdb10(ScsiOpcode::Write10, block, kBytes / 512), STORVSC_TO_DEVICE, kBytes, lun, 512);
    write->put(data);
    queue(*write, false);
    if (write->queued != 0 || !wait(*write) || !write->good()) return false;
    const std::shared_ptr<Command> read =
        queue(bus_test::cdb10(ScsiOpcode::Read10, block, kBytes / 512), STORVSC_FROM_DEVICE, kBytes, lun, 1024);
    return read->queued == 0 && wait(*read) && read->good() && read->verdict.residual == 0 && read->get(kBytes) == data;
}

// ---- the driver's life ----

StorageDriver::StorageDriver(bus_test::World& world, const host::StorageOptions& options)
    : StorageDriver(world, std::make_shared<host::StorageDevice>(world.link, world.bus, options)) {}

StorageDriver::StorageDriver(bus_test::World& world, std::shared_ptr<host::StorageDevice> device)
    : world_(world), device_(device) {
    world.on_add = [this](bus_test::Device& added) { probe(added); };
    world.on_remove = [this](bus_test::Device&) { remove(); };
    world.bus.add_device(device_);
}

host::Channel& StorageDriver::host_channel() { return *world_.bus.channel_of(*device_); }

std::shared_ptr<host::DiskUnit> StorageDriver::add_disk(uint8_t lun, uint64_t bytes) {
    host::DiskOptions disk;
    disk.identity.name = lun + 1;
    const std::shared_ptr<host::DiskUnit> unit = std::make_shared<host::DiskUnit>(host::make_memory_backend(bytes), disk);
    EXPECT_TRUE(device_->add_unit(device_->address_of(lun), unit));
    return unit;
}

void StorageDriver::probe(bus_test::Device& device) {
    channel_ = device.channel;
    core_ = storvsc_create(channel_, &options, this);
    started = core_ != nullptr ? storvsc_start(core_) : -LIS_ENOMEM;
    bound_ = started == 0;
    note_drops();
    if (bound_) return;
    storvsc_destroy(core_);
    core_ = nullptr;
}

// As the SCSI layer does it: nobody queues any more, and what was queued is waited for.
void StorageDriver::remove() {
    if (bound_) {
        bound_ = false;
        EXPECT_TRUE(world_.wait_until([&] { return inside_ == 0; }, 2000000));
        EXPECT_TRUE(!lis_vmbus_channel_rescinded(channel_) ||
                    world_.wait_until([&] { return storvsc_outstanding(core_) == 0; }, 10000)) << "commands are left";
        storvsc_stop(core_);
        note_drops();
        storvsc_destroy(core_);
        core_ = nullptr;
    }
    channel_ = nullptr;
}

void StorageDriver::commit() {
    inside_++;
    storvsc_commit(core_);
    inside_--;
}

void StorageDriver::suspend() {
    inside_++;
    storvsc_stop(core_);
    inside_--;
}

int32_t StorageDriver::resume() {
    inside_++;
    started = storvsc_start(core_);
    inside_--;
    return started;
}

void StorageDriver::note_drops() {
    const char* name;
    uint64_t value = 0;
    for (uint32_t i = 0; (name = vmbus_core_channel_counter(channel_, i, &value)) != nullptr; i++) drops_[name] = value;
}

uint64_t StorageDriver::drops(const char* reason) const {
    if (channel_ != nullptr) const_cast<StorageDriver*>(this)->note_drops();
    return drops_.at(std::string("drop_") + reason);
}

} // namespace storage_test

// ---- the shim's side of the core ----

void storvsc_shim_complete(struct storvsc_request* request, const struct storvsc_verdict* verdict) {
    storage_test::Command& command = *static_cast<storage_test::Command*>(request);
    command.completions++;
    command.verdict = *verdict;
    EXPECT_EQ(command.queued, 0) << "one that was not queued, or not yet";
    EXPECT_LE(verdict->residual, command.core.data_bytes);
    EXPECT_LE(verdict->sense_bytes, STORVSC_SENSE_LIMIT);
    if (verdict->sense_bytes != 0) command.sense.assign(verdict->sense, verdict->sense + verdict->sense_bytes);
}

void storvsc_shim_frames(void* frames, uint64_t* list, uint32_t count) {
    storage_test::Command& command = *static_cast<storage_test::Command*>(frames);
    ASSERT_NE(count, 0u);
    ASSERT_LE(command.next_page + count, command.order.size());
    if (command.driver->on_frames) command.driver->on_frames(command);
    for (uint32_t i = 0; i < count; i++) list[i] = command.frame(command.next_page++);
}

void storvsc_shim_units_changed(void* context) { static_cast<storage_test::StorageDriver*>(context)->unit_changes++; }
