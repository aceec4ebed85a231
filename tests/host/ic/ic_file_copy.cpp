// SPDX-License-Identifier: GPL-2.0-only
#include "ic_file_copy.hpp"

#include "ic_text.hpp"

namespace host {

using hyperv::FileCopyOperation;

const char* file_copy_state_text(FileCopyState state) {
    switch (state) {
    case FileCopyState::Idle: return "idle";
    case FileCopyState::Copying: return "copying";
    case FileCopyState::Done: return "done";
    case FileCopyState::Failed: return "failed";
    case FileCopyState::Cancelled: break;
    }
    return "cancelled";
}

FileCopyService::FileCopyService(Platform& platform)
    : IcService(platform, "fcopy", hyperv::IcType::FileCopy, "34d14be3-dee4-41c8-9ae7-6b174977c192",
                "eb765408-105f-49b6-b4aa-c123b64d17d4", {{1, 1}}) {}

void FileCopyService::count(Counters& counters) const {
    IcService::count(counters);
    counters["files"] = files_;
    counters["copied"] = copied_;
}

std::string FileCopyService::fault(const FileCopyJob& job) const {
    if (!ready()) return "the guest is not ready for files";
    if (copy_state_ == FileCopyState::Copying) return "a file is being copied";
    if (job.name.empty()) return "the file has no name";
    if (text_bytes(job.name) > 2 * hyperv::kFileCopyNameUnits) return "the name is too long";
    if (text_bytes(job.path) > 2 * hyperv::kFileCopyNameUnits) return "the path is too long";
    return "";
}

void FileCopyService::start(FileCopyJob job, std::function<void()> ended) {
    job_ = std::move(job);
    ended_ = std::move(ended);
    copy_state_ = FileCopyState::Copying;
    copied_ = 0;
    cancelling_ = false;
    reason_.clear();
    hyperv::FileCopyStart message = {};
    message.header.operation.set(static_cast<uint32_t>(FileCopyOperation::Start));
    put_text(message.file_name, sizeof message.file_name, job_.name);
    put_text(message.path_name, sizeof message.path_name, job_.path);
    message.flags.set(job_.flags);
    message.size.set(job_.size);
    ask(message, [this](const IcAnswer& answer) {
        if (answer.ok()) return go_on();
        // The guest has nothing open: there is nothing to cancel.
        reason_ = answer.text();
        end(FileCopyState::Failed);
    });
}

void FileCopyService::go_on() {
    if (cancelling_) return give_up(FileCopyState::Cancelled, "");
    if (copied_ == job_.size) {
        return send_header(FileCopyOperation::Complete, [this](const IcAnswer& answer) {
            if (!answer.ok()) reason_ = answer.text();
            end(answer.ok() ? FileCopyState::Done : FileCopyState::Failed);
        });
    }
    hyperv::FileCopyWrite message = {};
    const uint32_t size = static_cast<uint32_t>(std::min<uint64_t>(job_.size - copied_, hyperv::kFileCopyChunkBytes));
    message.header.operation.set(static_cast<uint32_t>(FileCopyOperation::Write));
    message.offset.set(copied_);
    message.size.set(size);
    if (!job_.read(copied_, message.data, size)) return give_up(FileCopyState::Failed, "the file cannot be read");
    ask(message, [this, size](const IcAnswer& answer) {
        if (!answer.ok()) return give_up(FileCopyState::Failed, answer.text());
        copied_ += size;
        go_on();
    });
}

void FileCopyService::send_header(FileCopyOperation operation, IcDone done) {
    hyperv::FileCopyHeader message = {};
    message.operation.set(static_cast<uint32_t>(operation));
    ask(message, std::move(done));
}

void FileCopyService::give_up(FileCopyState state, const std::string& reason) {
    reason_ = reason;
    // Whatever the guest answers to that, there is no more to be done. hv_fcopy_uio_daemon knows no such message.
    send_header(FileCopyOperation::Cancel, [this, state](const IcAnswer&) { end(state); });
}

void FileCopyService::end(FileCopyState state) {
    copy_state_ = state;
    cancelling_ = false;
    if (state == FileCopyState::Done) files_++;
    job_.read = nullptr;
    const std::function<void()> ended = std::move(ended_);
    ended_ = nullptr;
    if (ended) ended();
}

} // namespace host
