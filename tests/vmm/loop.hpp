// SPDX-License-Identifier: GPL-2.0-only
// The main thread's event loop: descriptors that become readable, and what other
// threads hand over.
#ifndef VMM_LOOP_HPP
#define VMM_LOOP_HPP

#include <functional>
#include <map>
#include <mutex>

#include "kvm.hpp"

namespace vmm {

uint64_t now_ns();

class Loop {
public:
    Loop();

    // Main thread. The action runs whenever fd can be read.
    void watch(int fd, std::function<void()> action);
    // The same whenever it can be written to; a descriptor is watched for one of both only.
    void watch_room(int fd, std::function<void()> action);
    void forget(int fd);
    // Any thread: no actions for what is watched, until paused no more.
    void pause(int fd, bool paused);
    // Main thread: until stop().
    void run();
    // Any thread: the action runs on the main thread, soon.
    void post(std::function<void()> action);
    // Any thread.
    void stop();

private:
    void add(int fd, uint32_t events, std::function<void()> action);
    bool run_posted();

    Fd poll_;
    Fd wake_;
    std::mutex mutex_; // of the next two
    bool stopping_ = false;
    std::vector<std::function<void()>> posted_;
    std::map<int, std::function<void()>> actions_;
};

} // namespace vmm

#endif
