// SPDX-License-Identifier: GPL-2.0-only
// Who lets devices serve their open channels. A bus without a runner does it itself, at once and on the
// stack of whoever signals; a VMM has a thread for each channel.
#ifndef HOST_CHANNEL_RUNNER_HPP
#define HOST_CHANNEL_RUNNER_HPP

namespace host {

class Channel;

// Called by the bus with the model locked for itself.
class ChannelRunner {
public:
    virtual ~ChannelRunner() {}
    // The rings are attached, the device has agreed. False: it cannot be served, so the open fails.
    virtual bool opened(Channel& channel) = 0;
    // Channel::serve() is not called any more once this returns.
    virtual void closing(Channel& channel) = 0;
    // The guest has signalled: Channel::serve() is due.
    virtual void wake(Channel& channel) = 0;
};

} // namespace host

#endif
