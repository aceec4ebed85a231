// SPDX-License-Identifier: GPL-2.0-only
// Heartbeat, shutdown, time and backup against good and bad guests (protocol.md 4.3 to 4.5, 4.7).
#include "bus/ic_guest.hpp"
#include "host/ic/ic_heartbeat.hpp"
#include "host/ic/ic_shutdown.hpp"
#include "host/ic/ic_text.hpp"
#include "host/ic/ic_time.hpp"
#include "host/ic/ic_vss.hpp"
#include "host/scenarios.hpp"

#include <gtest/gtest.h>

using bus_test::IcGuest;
using bus_test::IcRequest;
using bus_test::Outcome;
using bus_test::World;
using host::IcOutcome;
using hyperv::IcType;

namespace {

// A world with one service of that class, its guest's side open.
template <typename Service, typename... Arguments>
void with_service(const std::function<void(Service&, IcGuest&)>& body, Arguments... arguments) {
    World world(bus_test::WorldOptions{});
    auto service = std::make_shared<Service>(world.link, arguments...);
    world.bus.add_device(service);
    world.run_connected([&] {
        IcGuest guest(world.devices.at(0)->channel);
        body(*service, guest);
    });
}

} // namespace

// ---- heartbeat ----

namespace {

IcRequest next_beat(IcGuest& guest) {
    IcRequest beat = guest.receive(3000);
    EXPECT_TRUE(beat);
    if (beat) EXPECT_EQ(beat.type(), IcType::Heartbeat);
    return beat;
}

void answer_beat(IcGuest& guest, uint64_t by = 1, uint32_t state = 1) {
    IcRequest beat = next_beat(guest);
    if (!beat) return;
    auto* const body = beat.body<hyperv::IcHeartbeat>();
    body->sequence.set(body->sequence.get() + by);
    body->application_state.set(state);
    guest.answer(beat);
    lis_os_sleep_ms(1);
}

} // namespace

TEST(IcHeartbeat, BeatsEveryTwoSecondsWithTheNextNumber) {
    with_service<host::HeartbeatService>([](host::HeartbeatService& heartbeat, IcGuest& guest) {
        std::vector<bool> changes;
        heartbeat.on_change = [&](bool alive) { changes.push_back(alive); };
        ASSERT_TRUE(guest.accept({3, 0}));
        for (uint64_t i = 1; i <= 5; i++) {
            answer_beat(guest);
            EXPECT_EQ(heartbeat.sequence(), i);
        }
        const uint64_t before = lis_os_now_ns();
        answer_beat(guest);
        EXPECT_NEAR(static_cast<double>(lis_os_now_ns() - before), 2e9, 1e8);
        EXPECT_TRUE(heartbeat.alive());
        EXPECT_EQ(heartbeat.application_state(), 1u);
        EXPECT_EQ(heartbeat.lost(), 0u);
        EXPECT_EQ(changes, (std::vector<bool>{true}));
        EXPECT_TRUE(heartbeat.violations().empty());
        heartbeat.on_change = nullptr;
    });
}

TEST(IcHeartbeat, CountsLostBeatsAndNoticesTheGuestsReturn) {
    with_service<host::HeartbeatService>([](host::HeartbeatService& heartbeat, IcGuest& guest) {
        std::vector<bool> changes;
        heartbeat.on_change = [&](bool alive) { changes.push_back(alive); };
        ASSERT_TRUE(guest.accept({3, 0}));
        answer_beat(guest);
        next_beat(guest);
        next_beat(guest);
        answer_beat(guest);
        EXPECT_EQ(heartbeat.lost(), 2u);
        EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
        EXPECT_TRUE(heartbeat.violations().empty());
        heartbeat.on_change = nullptr;
    });
}

TEST(IcHeartbeat, RecordsAWrongNumber) {
    with_service<host::HeartbeatService>([](host::HeartbeatService& heartbeat, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({1, 0}, {1, 0}));
        answer_beat(guest, 0);
        EXPECT_EQ(heartbeat.violations().size(), 1u);
    });
}

// ---- shutdown ----

TEST(IcShutdown, SaysWhatTheGuestShallDo) {
    struct Case {
        host::ShutdownKind kind;
        bool forced;
        uint32_t flags;
    };
    const Case cases[] = {
        {host::ShutdownKind::PowerOff, false, 0},  {host::ShutdownKind::PowerOff, true, 1},
        {host::ShutdownKind::Restart, false, 2},   {host::ShutdownKind::Restart, true, 3},
        {host::ShutdownKind::Hibernate, false, 4}, {host::ShutdownKind::Hibernate, true, 5},
    };
    with_service<host::ShutdownService>([&](host::ShutdownService& shutdown, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({3, 2}));
        for (const Case& each : cases) {
            ASSERT_TRUE(shutdown.knows(each.kind));
            Outcome outcome;
            shutdown.request(each.kind, each.forced, 90, "Ende", outcome.record());
            IcRequest request = guest.receive();
            ASSERT_TRUE(request);
            EXPECT_EQ(request.type(), IcType::Shutdown);
            const auto* const body = request.body<hyperv::IcShutdown>();
            EXPECT_EQ(body->flags.get(), each.flags);
            EXPECT_EQ(body->seconds.get(), 90u);
            EXPECT_EQ(body->reason.get(), hyperv::kIcPlanned);
            std::string text;
            EXPECT_TRUE(host::get_text(body->text, sizeof body->text, &text));
            EXPECT_EQ(text, "Ende");
            guest.answer(request, each.forced ? hyperv::kIcFail : hyperv::kIcOk);
            lis_os_sleep_ms(1);
            EXPECT_EQ(outcome.answer.ok(), !each.forced);
        }
        EXPECT_TRUE(shutdown.violations().empty());
    });
}

TEST(IcShutdown, KnowsWhatOlderVersionsHave) {
    with_service<host::ShutdownService>([](host::ShutdownService& shutdown, IcGuest& guest) {
        EXPECT_FALSE(shutdown.knows(host::ShutdownKind::PowerOff));
        ASSERT_TRUE(guest.accept({3, 1}));
        EXPECT_TRUE(shutdown.knows(host::ShutdownKind::Restart));
        EXPECT_FALSE(shutdown.knows(host::ShutdownKind::Hibernate));
        shutdown.negotiate();
        ASSERT_TRUE(guest.accept({3, 0}));
        EXPECT_TRUE(shutdown.knows(host::ShutdownKind::PowerOff));
        EXPECT_FALSE(shutdown.knows(host::ShutdownKind::Restart));
    });
}

// ---- time ----

namespace {
const int64_t kNow = 1700000000ll * 1000000000; // 2023-11-14 22:13:20 UTC
const uint64_t kNowOnTheWire = 133444736000000000;
int64_t fixed_clock() { return kNow; }
} // namespace

TEST(IcTime, SetsTheClockOnceAndThenSendsSamples) {
    with_service<host::TimeSyncService>(
        [](host::TimeSyncService& time, IcGuest& guest) {
            ASSERT_TRUE(guest.accept({4, 0}));
            for (int i = 0; i < 4; i++) {
                const uint64_t before = lis_os_now_ns();
                IcRequest request = guest.receive(6000);
                ASSERT_TRUE(request);
                EXPECT_EQ(request.type(), IcType::TimeSync);
                const auto* const body = request.body<hyperv::IcTime4>();
                EXPECT_EQ(body->flags, i == 0 ? hyperv::kIcTimeSync : hyperv::kIcTimeSample);
                EXPECT_EQ(body->host_time.get(), kNowOnTheWire);
                EXPECT_NEAR(static_cast<double>(body->reference_time.get()), static_cast<double>(lis_os_now_ns()) / 100, 1e5);
                if (i >= 2) EXPECT_NEAR(static_cast<double>(lis_os_now_ns() - before), 5e9, 1e8);
                guest.answer(request);
            }
            EXPECT_TRUE(time.violations().empty());
        },
        fixed_clock);
}

TEST(IcTime, SpeaksTheOlderVersions) {
    for (const host::ServiceVersion version : {host::ServiceVersion{1, 0}, host::ServiceVersion{3, 0}}) {
        with_service<host::TimeSyncService>(
            [version](host::TimeSyncService& time, IcGuest& guest) {
                time.offset_ns = -3600ll * 1000000000;
                ASSERT_TRUE(guest.accept(version));
                IcRequest request = guest.receive();
                ASSERT_TRUE(request);
                ASSERT_EQ(request.message()->ic.size.get(), sizeof(hyperv::IcTime));
                const auto* const body = request.body<hyperv::IcTime>();
                EXPECT_EQ(body->flags, hyperv::kIcTimeSync);
                EXPECT_EQ(body->host_time.get(), kNowOnTheWire - 36000000000);
                guest.answer(request);
            },
            fixed_clock);
    }
}

TEST(IcTime, SetsTheClockAgainAfterAMigration) {
    with_service<host::TimeSyncService>(
        [](host::TimeSyncService& time, IcGuest& guest) {
            time.syncs_at_start = false;
            ASSERT_TRUE(guest.accept({4, 0}));
            IcRequest request = guest.receive();
            ASSERT_TRUE(request);
            EXPECT_EQ(request.body<hyperv::IcTime4>()->flags, hyperv::kIcTimeSample);
            guest.answer(request);
            time.negotiate();
            ASSERT_TRUE(guest.accept({4, 0}));
            request = guest.receive();
            ASSERT_TRUE(request);
            EXPECT_EQ(request.body<hyperv::IcTime4>()->flags, hyperv::kIcTimeSync);
            guest.answer(request);
            // One chain of samples, not two.
            ASSERT_TRUE(guest.receive(6000));
            EXPECT_FALSE(guest.receive(4000));
        },
        fixed_clock);
}

TEST(IcTime, ClockOfAnotherHostIsAnotherOne) {
    with_service<host::TimeSyncService>(
        [](host::TimeSyncService&, IcGuest& guest) {
            ASSERT_TRUE(guest.accept({4, 0}));
            IcRequest request = guest.receive();
            ASSERT_TRUE(request);
            EXPECT_EQ(request.body<hyperv::IcTime4>()->host_time.get(), kNowOnTheWire);
            guest.answer(request);
            request = guest.receive(); // the first sample
            guest.answer(request);
            World& world = World::current();
            host::find_scenario("live-migration")->run(world.bus, world.link);
            lis_os_sleep_ms(2500);
            ASSERT_TRUE(guest.accept({4, 0})) << "the service negotiates again";
            request = guest.receive();
            ASSERT_TRUE(request);
            EXPECT_EQ(request.body<hyperv::IcTime4>()->flags, hyperv::kIcTimeSync);
            EXPECT_EQ(request.body<hyperv::IcTime4>()->host_time.get(), kNowOnTheWire + 10 * 10000000);
            guest.answer(request);
        },
        fixed_clock);
}

// ---- backup ----

namespace {

struct Backup {
    int times = 0;
    host::IcAnswer answer;
    uint32_t flags = 0;
    std::function<void(const host::IcAnswer&, uint32_t)> record() {
        return [this](const host::IcAnswer& given, uint32_t given_flags) {
            times++;
            answer = given;
            flags = given_flags;
        };
    }
};

void answer_backup(IcGuest& guest, hyperv::VssOperation operation, uint32_t status, uint32_t flags = 0) {
    IcRequest request = guest.receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(request.type(), IcType::Vss);
    auto* const body = request.body<hyperv::VssMessage>();
    EXPECT_EQ(body->operation, static_cast<unsigned char>(operation));
    body->flags.set(flags);
    guest.answer(request, status);
    lis_os_sleep_ms(1);
}

} // namespace

TEST(IcVss, ChecksFreezesAndThaws) {
    with_service<host::VssService>([](host::VssService& vss, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({5, 0}));
        Backup check, freeze, thaw;
        vss.perform(hyperv::VssOperation::CheckHotBackup, check.record());
        answer_backup(guest, hyperv::VssOperation::CheckHotBackup, hyperv::kIcOk, hyperv::kVssNoAutoRecovery);
        EXPECT_TRUE(check.answer.ok());
        EXPECT_EQ(check.flags, hyperv::kVssNoAutoRecovery);
        EXPECT_EQ(vss.file_systems(), host::VssState::Thawed);
        vss.perform(hyperv::VssOperation::Freeze, freeze.record());
        EXPECT_EQ(vss.file_systems(), host::VssState::Freezing);
        answer_backup(guest, hyperv::VssOperation::Freeze, hyperv::kIcOk);
        EXPECT_EQ(vss.file_systems(), host::VssState::Frozen);
        vss.perform(hyperv::VssOperation::Thaw, thaw.record());
        answer_backup(guest, hyperv::VssOperation::Thaw, hyperv::kIcOk);
        EXPECT_EQ(vss.file_systems(), host::VssState::Thawed);
        EXPECT_TRUE(vss.violations().empty());
    });
}

TEST(IcVss, GuestThatCannotFreezeIsThawed) {
    with_service<host::VssService>([](host::VssService& vss, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({5, 0}));
        Backup freeze;
        vss.perform(hyperv::VssOperation::Freeze, freeze.record());
        answer_backup(guest, hyperv::VssOperation::Freeze, hyperv::kIcFail);
        EXPECT_EQ(freeze.answer.status, hyperv::kIcFail);
        EXPECT_EQ(vss.file_systems(), host::VssState::Thawed);
    });
}

TEST(IcVss, GuestThatNeverAnswersIsInAnUnknownState) {
    with_service<host::VssService>([](host::VssService& vss, IcGuest& guest) {
        vss.freeze_patience_ns = 20ull * 1000000000;
        ASSERT_TRUE(guest.accept({5, 0}));
        Backup freeze, thaw;
        vss.perform(hyperv::VssOperation::Freeze, freeze.record());
        IcRequest request = guest.receive();
        lis_os_sleep_ms(19000);
        EXPECT_EQ(freeze.times, 0);
        lis_os_sleep_ms(2000);
        EXPECT_EQ(freeze.answer.outcome, IcOutcome::Silent);
        EXPECT_EQ(vss.file_systems(), host::VssState::Unknown);
        vss.perform(hyperv::VssOperation::Thaw, thaw.record());
        guest.answer(request);
        lis_os_sleep_ms(1);
        EXPECT_EQ(thaw.times, 0) << "the late answer to the freeze ends the thaw";
        answer_backup(guest, hyperv::VssOperation::Thaw, hyperv::kIcOk);
        EXPECT_EQ(vss.file_systems(), host::VssState::Thawed);
        EXPECT_EQ(freeze.times, 1);
    });
}

TEST(IcVss, KnowsWhatOlderVersionsHave) {
    with_service<host::VssService>([](host::VssService& vss, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({3, 0}));
        EXPECT_TRUE(vss.knows(hyperv::VssOperation::Freeze));
        EXPECT_FALSE(vss.knows(hyperv::VssOperation::BackupComplete));
        vss.negotiate();
        ASSERT_TRUE(guest.accept({5, 0}));
        EXPECT_TRUE(vss.knows(hyperv::VssOperation::AutoRecover));
        EXPECT_FALSE(vss.knows(hyperv::VssOperation::QueryCluster));
    });
}
