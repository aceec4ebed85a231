// SPDX-License-Identifier: GPL-2.0-only
// A DVD drive: what MMC-5's hosts ask of one that can only read. The medium comes and
// goes by the host's hand, and the tray by the guest's.
#ifndef HOST_STORAGE_DVD_UNIT_HPP
#define HOST_STORAGE_DVD_UNIT_HPP

#include "backend.hpp"
#include "logical_unit.hpp"

namespace host {

const uint32_t kDvdBlockBytes = 2048;

class DvdUnit : public LogicalUnit {
public:
    // medium: null, an empty drive.
    DvdUnit(std::shared_ptr<StorageBackend> medium, const UnitIdentity& identity);

    bool touches_medium(const ScsiCommand& command) const override;
    // Takes out what is there, even if the guest has locked the drive.
    void insert(std::shared_ptr<StorageBackend> medium);
    void eject();
    bool loaded() const { return medium_ && !tray_open_.load(); }
    bool locked() const { return locked_.load(); }

protected:
    void perform(ScsiCommand& command) override;
    bool removable() const override { return true; }

private:
    void read(ScsiCommand& command, uint64_t block, uint64_t count);
    void read_capacity(ScsiCommand& command);
    void start_stop(ScsiCommand& command);
    void read_toc(ScsiCommand& command);
    void read_disc_information(ScsiCommand& command);
    void get_configuration(ScsiCommand& command);
    void get_event_status(ScsiCommand& command);
    void mode_sense(ScsiCommand& command, bool ten);
    bool need_medium(ScsiCommand& command);
    uint64_t blocks() const { return medium_->bytes() / kDvdBlockBytes; }

    std::shared_ptr<StorageBackend> medium_;
    std::atomic<bool> tray_open_{false}; // by the guest; the medium lies in it
    std::atomic<bool> locked_{false};
    std::atomic<uint8_t> event_{0}; // of the medium, not yet reported
};

} // namespace host

#endif
