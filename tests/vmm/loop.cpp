// SPDX-License-Identifier: GPL-2.0-only
#include "loop.hpp"

#include <cerrno>

#include <sys/epoll.h>
#include <time.h>

namespace vmm {

uint64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

Loop::Loop() : poll_(epoll_create1(EPOLL_CLOEXEC)), wake_(make_eventfd()) {
    if (poll_.get() < 0) throw system_error("epoll_create");
    watch(wake_.get(), [this] { take(wake_); });
}

void Loop::watch(int fd, std::function<void()> action) { add(fd, EPOLLIN, std::move(action)); }

void Loop::watch_room(int fd, std::function<void()> action) { add(fd, EPOLLOUT, std::move(action)); }

void Loop::add(int fd, uint32_t events, std::function<void()> action) {
    epoll_event event = {};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw system_error("epoll_ctl");
    actions_[fd] = std::move(action);
}

void Loop::pause(int fd, bool paused) {
    epoll_event event = {};
    if (!paused) event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) throw system_error("epoll_ctl");
}

void Loop::forget(int fd) {
    epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    actions_.erase(fd);
}

// False: stopped.
bool Loop::run_posted() {
    std::vector<std::function<void()>> actions;
    {
        std::lock_guard<std::mutex> guard(mutex_);
        if (stopping_) return false;
        actions.swap(posted_);
    }
    for (auto& action : actions) action();
    return true;
}

void Loop::run() {
    while (run_posted()) {
        epoll_event events[16];
        const int count = epoll_wait(poll_.get(), events, 16, -1);
        if (count < 0 && errno != EINTR) throw system_error("epoll_wait");
        for (int i = 0; i < count; i++) {
            auto found = actions_.find(events[i].data.fd);
            if (found == actions_.end()) continue;
            // A copy: the action may forget itself.
            const std::function<void()> action = found->second;
            action();
        }
    }
}

void Loop::post(std::function<void()> action) {
    {
        std::lock_guard<std::mutex> guard(mutex_);
        posted_.push_back(std::move(action));
    }
    notify(wake_);
}

void Loop::stop() {
    {
        std::lock_guard<std::mutex> guard(mutex_);
        stopping_ = true;
    }
    notify(wake_);
}

} // namespace vmm
