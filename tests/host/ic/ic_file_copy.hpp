// SPDX-License-Identifier: GPL-2.0-only
// File copy (protocol.md 4.8): one file at a time into the guest, 6 KiB after 6 KiB.
#ifndef HOST_IC_FILE_COPY_HPP
#define HOST_IC_FILE_COPY_HPP

#include "ic_service.hpp"

namespace host {

struct FileCopyJob {
    std::string name, path; // in the guest; the path ends with its separator
    uint32_t flags = 0;     // hyperv::FileCopyFlags
    uint64_t size = 0;
    // size bytes from offset on. False: they cannot be read, and the copy is cancelled.
    std::function<bool(uint64_t offset, void* to, size_t size)> read;
};

enum class FileCopyState { Idle, Copying, Done, Failed, Cancelled };
const char* file_copy_state_text(FileCopyState state);

class FileCopyService : public IcService {
public:
    explicit FileCopyService(Platform& platform);

    void count(Counters& counters) const override;

    // Empty: the job can be started now. Otherwise why not, in words.
    std::string fault(const FileCopyJob& job) const;
    // ended runs once, when copy_state() says how.
    void start(FileCopyJob job, std::function<void()> ended);
    // Behind the chunk that is under way. Nothing if there is no copy.
    void cancel() { cancelling_ = copy_state_ == FileCopyState::Copying; }

    FileCopyState copy_state() const { return copy_state_; }
    uint64_t copied() const { return copied_; }
    uint64_t size() const { return job_.size; }
    // Why the last copy failed, in words.
    const std::string& reason() const { return reason_; }

private:
    void go_on();
    void give_up(FileCopyState state, const std::string& reason);
    void end(FileCopyState state);
    void send_header(hyperv::FileCopyOperation operation, IcDone done);

    FileCopyJob job_;
    std::function<void()> ended_;
    FileCopyState copy_state_ = FileCopyState::Idle;
    uint64_t copied_ = 0;
    uint64_t files_ = 0;
    bool cancelling_ = false;
    std::string reason_;
};

} // namespace host

#endif
