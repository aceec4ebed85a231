// SPDX-License-Identifier: GPL-2.0-only
// Shutdown (protocol.md 4.4): asks the guest to power off, restart or hibernate. The
// answer says whether it will; it does so afterwards.
#ifndef HOST_IC_SHUTDOWN_HPP
#define HOST_IC_SHUTDOWN_HPP

#include "ic_service.hpp"

namespace host {

enum class ShutdownKind { PowerOff, Restart, Hibernate };

class ShutdownService : public IcService {
public:
    explicit ShutdownService(Platform& platform);

    // Whether the version that was agreed has it.
    bool knows(ShutdownKind kind) const;
    // text is shown to the guest's user, in UTF-8; what is too long is cut.
    void request(ShutdownKind kind, bool forced, uint32_t seconds, const std::string& text, IcDone done);
};

} // namespace host

#endif
