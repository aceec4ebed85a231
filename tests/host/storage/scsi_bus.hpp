// SPDX-License-Identifier: GPL-2.0-only
// The logical units of one controller by address. It changes only while no command is
// on its way.
#ifndef HOST_STORAGE_SCSI_BUS_HPP
#define HOST_STORAGE_SCSI_BUS_HPP

#include "logical_unit.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace host {

struct ScsiAddress {
    uint8_t path = 0;
    uint8_t target = 0;
    uint8_t lun = 0;
};
inline bool operator<(const ScsiAddress& a, const ScsiAddress& b) {
    return std::tie(a.path, a.target, a.lun) < std::tie(b.path, b.target, b.lun);
}

class ScsiBus {
public:
    typedef std::map<ScsiAddress, std::shared_ptr<LogicalUnit>> Units;

    // False: taken, or nothing there.
    bool add(const ScsiAddress& address, std::shared_ptr<LogicalUnit> unit);
    bool remove(const ScsiAddress& address);
    LogicalUnit* find(const ScsiAddress& address) const;
    const Units& units() const { return units_; }

    // REPORT LUNS, which a target answers even where it has no unit.
    void report_luns(const ScsiAddress& address, ScsiCommand& command) const;

private:
    Units units_;
};

} // namespace host

#endif
