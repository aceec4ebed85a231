// SPDX-License-Identifier: GPL-2.0-only
// A disk: SBC-3's commands over a backend, thinly provisioned.
#ifndef HOST_STORAGE_DISK_UNIT_HPP
#define HOST_STORAGE_DISK_UNIT_HPP

#include "backend.hpp"
#include "logical_unit.hpp"

namespace host {

// What the disk says in its block limits, and holds guests to.
const uint32_t kMaxUnmapBlocks = 0x3FFFFF;
const uint32_t kMaxUnmapDescriptors = 256;
const uint64_t kMaxWriteSameBlocks = 0x3FFFFF;

struct DiskOptions {
    uint32_t block_bytes = 512; // or 4096
    uint32_t physical_bytes = 4096;
    bool read_only = false;
    UnitIdentity identity;
};

class DiskUnit : public LogicalUnit {
public:
    DiskUnit(std::shared_ptr<StorageBackend> backend, const DiskOptions& options);

    bool touches_medium(const ScsiCommand& command) const override;
    // The guest learns of it by a unit attention. False: the backend cannot.
    bool resize(uint64_t bytes);
    uint64_t blocks() const { return backend_->bytes() / options_.block_bytes; }
    uint32_t block_bytes() const { return options_.block_bytes; }
    bool read_only() const { return options_.read_only || backend_->read_only(); }

protected:
    void perform(ScsiCommand& command) override;
    std::vector<uint8_t> vital_pages() const override;
    std::vector<unsigned char> vital_page(uint8_t page) const override;

private:
    struct Extent {
        uint64_t block;
        uint64_t count;
    };

    // Whether the blocks exist and are good; if not, the command has failed.
    bool check(ScsiCommand& command, const Extent& extent, uint16_t bad_asc);
    bool in_range(const Extent& extent) const;

    void read(ScsiCommand& command, const Extent& extent);
    void write(ScsiCommand& command, const Extent& extent);
    void verify(ScsiCommand& command, const Extent& extent);
    void write_same(ScsiCommand& command, const Extent& extent);
    void unmap(ScsiCommand& command);
    void flush(ScsiCommand& command, const Extent& extent);
    void read_capacity10(ScsiCommand& command);
    void read_capacity16(ScsiCommand& command);
    void mode_sense(ScsiCommand& command, bool ten);
    bool fill(const Extent& extent, const std::vector<unsigned char>& block);

    std::shared_ptr<StorageBackend> backend_;
    const DiskOptions options_;
};

} // namespace host

#endif
