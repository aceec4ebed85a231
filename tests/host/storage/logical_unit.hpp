// SPDX-License-Identifier: GPL-2.0-only
// What all logical units have: an identity, unit attentions, and a way to misbehave.
// Several channels may execute commands at the same time; everything else comes alone.
#ifndef HOST_STORAGE_LOGICAL_UNIT_HPP
#define HOST_STORAGE_LOGICAL_UNIT_HPP

#include "scsi_command.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

namespace host {

// What INQUIRY says. The vendor is the one that guests know of Hyper-V's own disks.
struct UnitIdentity {
    std::string vendor = "Msft";
    std::string product;
    std::string revision = "1.0";
    std::string serial;
    uint64_t name = 0; // the low 60 bits of its NAA identifier: two units never have the same
};

// How a unit deals with commands that touch the medium.
struct UnitBehaviour {
    uint64_t delay_ns = 0;      // before it executes one
    bool never_answers = false; // keeps them until it is told otherwise
    uint64_t bad_block = 0;     // with bad_count: blocks that fail with a medium error
    uint64_t bad_count = 0;     // 0: none

    // The first bad block of that extent; its end: none.
    uint64_t first_bad(uint64_t block, uint64_t count) const;
};

class LogicalUnit {
public:
    LogicalUnit(uint8_t type, const UnitIdentity& identity) : type_(type), identity_(identity) {}
    virtual ~LogicalUnit() {}
    LogicalUnit(const LogicalUnit&) = delete;
    LogicalUnit& operator=(const LogicalUnit&) = delete;

    UnitBehaviour behaviour;

    // Answers the command, well or with sense data.
    void execute(ScsiCommand& command);
    // Reported once, with the next command that may fail for it. One of a kind waits at a time.
    void raise(uint16_t asc);
    void forget_attentions();
    // Whether behaviour.delay_ns and never_answers apply to it.
    virtual bool touches_medium(const ScsiCommand& command) const = 0;
    uint8_t type() const { return type_; }

protected:
    // All but INQUIRY and REQUEST SENSE.
    virtual void perform(ScsiCommand& command) = 0;
    // The pages of its own besides 0, 80 and 83.
    virtual std::vector<uint8_t> vital_pages() const { return {}; }
    // One of those; empty: there is no such page.
    virtual std::vector<unsigned char> vital_page(uint8_t page) const;
    virtual bool removable() const { return false; }

private:
    void inquiry(ScsiCommand& command);
    void request_sense(ScsiCommand& command);
    std::vector<unsigned char> common_page(uint8_t page) const;
    uint16_t take_attention();

    const uint8_t type_;
    const UnitIdentity identity_;
    std::atomic<bool> attention_{false}; // whether the queue below holds something
    std::mutex lock_;
    std::deque<uint16_t> attentions_;
};

// INQUIRY of a place where there is no unit.
void inquiry_not_present(ScsiCommand& command);

} // namespace host

#endif
