// SPDX-License-Identifier: GPL-2.0-only
// The shim of hv_storvsc in the tests' world: a host with a storage controller, and a
// driver that binds to it as the kernel's device model would let it.
#ifndef STORAGE_DRIVER_HPP
#define STORAGE_DRIVER_HPP

#include "bus/storage_guest.hpp"
#include "storvsc/storvsc_core.h"

namespace storage_test {

using bus_test::Bytes;

// One command with its data, as the SCSI layer would have it.
struct Command : storvsc_request {
    Command() : storvsc_request() {}
    ~Command() { lis_os_pages_free(pages); }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    Bytes cdb;
    storvsc_command core = {};
    class StorageDriver* driver = nullptr;
    lis_os_pages* pages = nullptr;
    std::vector<uint32_t> order; // of the pages in the list that the core reads
    uint32_t next_page = 0;      // of it
    uint64_t frame(uint32_t at) const { return lis_os_pages_frame(pages, order[at]); }
    unsigned char* byte(size_t at) const; // of the data
    int32_t queued = 1;     // what storvsc_queue() has returned
    uint32_t completions = 0;
    storvsc_verdict verdict = {};
    Bytes sense;

    void put(const Bytes& data);
    Bytes get(size_t bytes) const;
    bool good() const {
        return completions == 1 && verdict.outcome == STORVSC_DONE && verdict.scsi_status == hyperv::kScsiGood;
    }
};

class StorageDriver {
public:
    explicit StorageDriver(bus_test::World& world, const host::StorageOptions& options = {});
    // With a controller that is special.
    StorageDriver(bus_test::World& world, std::shared_ptr<host::StorageDevice> device);
    StorageDriver(const StorageDriver&) = delete;
    StorageDriver& operator=(const StorageDriver&) = delete;

    storvsc_options options = {STORVSC_SCSI, 4, 0, LIS_VMBUS_DISPATCH_IRQ};

    static const int32_t kNever = 1;
    int32_t started = kNever; // what the last start has returned
    bool bound() const { return bound_; }
    storvsc* core() const { return core_; }
    const storvsc_limits& limits() const { return *storvsc_limits_of(core_); }
    lis_vmbus_channel* channel() const { return channel_; }
    host::StorageDevice& host() { return *device_; }
    host::Channel& host_channel();
    host::LogicalUnit& disk(uint8_t lun = 0) { return *device_->units().find(device_->address_of(lun)); }
    std::shared_ptr<host::DiskUnit> add_disk(uint8_t lun, uint64_t bytes);
    uint64_t drops(const char* reason) const; // as in debugfs; also after the driver has left
    void suspend();
    int32_t resume();
    uint32_t unit_changes = 0;
    // Of the commands that are made from now on: pages in the order of their numbers; consecutive ones that
    // the core is told of with the command.
    bool sorted_pages = false;
    uint32_t first_run_limit = ~0u;
    std::function<void(Command&)> on_frames; // while the core writes a command's packet

    // ---- commands; the first queues, the second waits as well ----

    std::shared_ptr<Command> queue(const Bytes& cdb, storvsc_direction direction = STORVSC_NO_DATA, uint32_t bytes = 0,
                                   uint8_t lun = 0, uint32_t offset = 0, bool more = false);
    void queue(Command& command, bool more);
    void commit();
    std::shared_ptr<Command> run(const Bytes& cdb, storvsc_direction direction = STORVSC_NO_DATA, uint32_t bytes = 0,
                                 uint8_t lun = 0, uint32_t offset = 0);
    bool wait(const Command& command, uint32_t ms = 1000);
    // Writes blocks that differ, reads them back and compares.
    bool works(uint32_t block = 0, uint8_t lun = 0);

    std::shared_ptr<Command> make(const Bytes& cdb, storvsc_direction direction, uint32_t bytes, uint8_t lun,
                                  uint32_t offset);

private:
    void probe(bus_test::Device& device);
    void remove();
    void note_drops();

    bus_test::World& world_;
    std::shared_ptr<host::StorageDevice> device_;
    lis_vmbus_channel* channel_ = nullptr;
    storvsc* core_ = nullptr;
    bool bound_ = false;
    uint32_t inside_ = 0; // who is in the core
    std::map<std::string, uint64_t> drops_;
};

} // namespace storage_test

#endif
