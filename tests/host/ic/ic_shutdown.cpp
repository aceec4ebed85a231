// SPDX-License-Identifier: GPL-2.0-only
#include "ic_shutdown.hpp"

#include "ic_text.hpp"

namespace host {

ShutdownService::ShutdownService(Platform& platform)
    : IcService(platform, "shutdown", hyperv::IcType::Shutdown, "0e0b6031-5213-4934-818b-38d90ced39db",
                "b6650ff7-33bc-4840-8048-e0676786f393", {{1, 0}, {3, 0}, {3, 1}, {3, 2}}) {}

bool ShutdownService::knows(ShutdownKind kind) const {
    switch (kind) {
    case ShutdownKind::PowerOff: return ready();
    case ShutdownKind::Restart: return ready() && !(version() < ServiceVersion{3, 1});
    case ShutdownKind::Hibernate: return ready() && !(version() < ServiceVersion{3, 2});
    }
    return false;
}

void ShutdownService::request(ShutdownKind kind, bool forced, uint32_t seconds, const std::string& text, IcDone done) {
    hyperv::IcShutdown message = {};
    message.reason.set(hyperv::kIcPlanned);
    message.seconds.set(seconds);
    uint32_t flags = forced ? uint32_t{hyperv::kIcForced} : 0;
    if (kind == ShutdownKind::Restart) flags |= hyperv::kIcRestart;
    if (kind == ShutdownKind::Hibernate) flags |= hyperv::kIcHibernate;
    message.flags.set(flags);
    put_text(message.text, sizeof message.text, text);
    ask(message, std::move(done));
}

} // namespace host
