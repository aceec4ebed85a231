// SPDX-License-Identifier: GPL-2.0-only
#include "kvm.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vmm {

Error system_error(const std::string& text) { return Error(text + ": " + strerror(errno)); }

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int Fd::release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void Fd::reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

int control(const Fd& fd, unsigned long request, unsigned long argument, const char* what) {
    const int result = ioctl(fd.get(), request, argument);
    if (result < 0) throw system_error(what);
    return result;
}

int control(const Fd& fd, unsigned long request, const void* argument, const char* what) {
    return control(fd, request, reinterpret_cast<unsigned long>(argument), what);
}

Fd open_kvm(const std::string& path) {
    Fd kvm(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (kvm.get() < 0) throw system_error(path);
    if (control(kvm, KVM_GET_API_VERSION, 0ul, "KVM_GET_API_VERSION") != KVM_API_VERSION)
        throw Error(path + ": not the KVM interface that this program knows");
    const struct {
        unsigned long capability;
        const char* name;
    } needed[] = {
        {KVM_CAP_HYPERV_SYNIC2, "the synthetic interrupt controller (HYPERV_SYNIC2)"},
        {KVM_CAP_HYPERV_EVENTFD, "signals into a descriptor (HYPERV_EVENTFD)"},
        {KVM_CAP_HYPERV_TIME, "Hyper-V's reference time (HYPERV_TIME)"},
        {KVM_CAP_HYPERV_CPUID, "Hyper-V's CPUID leaves (HYPERV_CPUID)"},
        {KVM_CAP_IRQFD_RESAMPLE, "interrupts with a report of their end (IRQFD_RESAMPLE)"},
        {KVM_CAP_IMMEDIATE_EXIT, "a way to stop a vCPU (IMMEDIATE_EXIT)"},
    };
    for (const auto& item : needed)
        if (ioctl(kvm.get(), KVM_CHECK_EXTENSION, item.capability) <= 0)
            throw Error(path + ": this host's KVM lacks " + item.name);
    return kvm;
}

Fd make_eventfd(Waiting waiting) {
    Fd fd(eventfd(0, (waiting == Waiting::Never ? EFD_NONBLOCK : 0) | EFD_CLOEXEC));
    if (fd.get() < 0) throw system_error("eventfd");
    return fd;
}

void notify(const Fd& fd) {
    const uint64_t one = 1;
    // Full means that it is due anyway.
    if (write(fd.get(), &one, sizeof one) < 0 && errno != EAGAIN) throw system_error("eventfd");
}

bool take(const Fd& fd) {
    uint64_t count;
    return read(fd.get(), &count, sizeof count) == sizeof count;
}

uint64_t wait(const Fd& fd) {
    uint64_t count;
    while (read(fd.get(), &count, sizeof count) != sizeof count)
        if (errno != EINTR) throw system_error("eventfd");
    return count;
}

} // namespace vmm
