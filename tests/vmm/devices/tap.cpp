// SPDX-License-Identifier: GPL-2.0-only
#include "tap.hpp"

#include <host/network/layers.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace vmm {

namespace {

const unsigned kAtOnce = 64; // frames, before anyone else may do something
const size_t kMostPieces = 1024; // that the kernel takes

// What stands before each frame: virtio's header, whose own C header is not C++.
struct VirtioHeader {
    uint8_t flags;
    uint8_t segmentation;
    uint16_t header_bytes;
    uint16_t segment_bytes;
    uint16_t checksum_start;
    uint16_t checksum_offset; // from there
};
static_assert(sizeof(VirtioHeader) == 10, "as virtio has it");
const uint8_t kNeedsChecksum = 1, kChecksumValid = 2;
const uint8_t kNoSegments = 0, kTcp4 = 1, kTcp6 = 4, kEcn = 0x80;

} // namespace

Tap::Tap(const std::string& name, bool offloads, std::function<Sharing()> enter)
    : offloads_(offloads), enter_(std::move(enter)), file_(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)),
      stop_(make_eventfd()), buffer_(sizeof(VirtioHeader) + host::kLargestFrame) {
    if (file_.get() < 0) throw system_error("/dev/net/tun");
    ifreq request = {};
    if (name.empty() || name.size() >= sizeof request.ifr_name)
        throw Error("tap:" + name + ": not the name of an interface");
    name.copy(request.ifr_name, name.size());
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    control(file_, TUNSETIFF, &request, ("TAP interface " + name).c_str());
    const int header_bytes = sizeof(VirtioHeader);
    control(file_, TUNSETVNETHDRSZ, &header_bytes, "TUNSETVNETHDRSZ");
    const unsigned long wanted = offloads ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
    control(file_, TUNSETOFFLOAD, wanted, "TUNSETOFFLOAD");
}

Tap::~Tap() { attach(nullptr); }

void Tap::attach(host::Port* port) {
    if (thread_.joinable()) {
        notify(stop_);
        thread_.join();
    }
    if (port) thread_ = std::thread([this, port] { run(*port); });
}

void Tap::send(host::Frame& frame, host::Inlet&) {
    frame.insert_tag();
    VirtioHeader header = {};
    if (frame.partial_checksum) {
        header.flags = kNeedsChecksum;
        header.checksum_start = static_cast<uint16_t>(frame.checksum_start);
        header.checksum_offset = static_cast<uint16_t>(frame.checksum_at - frame.checksum_start);
    }
    if (frame.segmentation != host::Segmentation::None) {
        header.segmentation = frame.segmentation == host::Segmentation::Tcp4 ? kTcp4 : kTcp6;
        header.segment_bytes = static_cast<uint16_t>(frame.segment_bytes);
        header.header_bytes = static_cast<uint16_t>(frame.header_bytes);
    }
    const std::vector<iovec>& pieces = frame.pieces();
    iovec vector[kMostPieces];
    if (pieces.size() >= kMostPieces) {
        lost_++;
        return;
    }
    vector[0] = iovec{&header, sizeof header};
    std::copy(pieces.begin(), pieces.end(), vector + 1);
    // An interface that is down, or full, loses frames as a cable does.
    if (writev(file_.get(), vector, static_cast<int>(pieces.size() + 1)) < 0) lost_++;
    else sent_++;
}

void Tap::run(host::Port& port) {
    pollfd files[2] = {{file_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    for (;;) {
        if (poll(files, 2, -1) < 0 && errno != EINTR) return;
        if (files[1].revents != 0) {
            take(stop_);
            return;
        }
        if (!(files[0].revents & POLLIN)) {
            if (files[0].revents != 0) return; // the interface has been deleted
            continue;
        }
        const Sharing guard = enter_();
        port.deliver([this](host::Inlet& inlet) {
            for (unsigned i = 0; i < kAtOnce && receive(inlet); i++) {
            }
        });
    }
}

bool Tap::receive(host::Inlet& inlet) {
    const ssize_t count = read(file_.get(), buffer_.data(), buffer_.size());
    if (count <= 0) return false;
    received_++;
    VirtioHeader header;
    const size_t bytes = static_cast<size_t>(count);
    if (bytes < sizeof header + host::kEthernetBytes) {
        malformed_++;
        return true;
    }
    memcpy(&header, buffer_.data(), sizeof header);
    frame_.assign(buffer_.data() + sizeof header, bytes - sizeof header);
    frame_.checksum_good = header.flags & kChecksumValid;
    if (header.flags & kNeedsChecksum) {
        frame_.partial_checksum = true;
        frame_.checksum_start = header.checksum_start;
        frame_.checksum_at = size_t{header.checksum_start} + header.checksum_offset;
        if (frame_.checksum_at + 2 > frame_.head_bytes()) {
            malformed_++;
            return true;
        }
    }
    const uint8_t type = static_cast<uint8_t>(header.segmentation & ~kEcn);
    if (type != kNoSegments) {
        const host::Layers layers = host::find_layers(frame_);
        const bool known = type == kTcp4 || type == kTcp6;
        if (!known || !frame_.partial_checksum || !layers.tcp() || header.segment_bytes == 0 ||
            layers.transport + host::kTcpLeastBytes > frame_.head_bytes()) {
            malformed_++;
            return true;
        }
        frame_.header_bytes = layers.transport + (frame_.head()[layers.transport + 12] >> 4) * 4u;
        if (frame_.header_bytes > frame_.head_bytes()) {
            malformed_++;
            return true;
        }
        frame_.segmentation = type == kTcp4 ? host::Segmentation::Tcp4 : host::Segmentation::Tcp6;
        frame_.segment_bytes = header.segment_bytes;
        large_++;
    }
    inlet.receive(frame_);
    return true;
}

void Tap::count(host::Counters& counters) const {
    counters["tap-sent"] += sent_;
    counters["tap-lost"] += lost_;
    counters["tap-received"] += received_;
    counters["tap-received-large"] += large_;
    counters["tap-malformed"] += malformed_;
}

} // namespace vmm
