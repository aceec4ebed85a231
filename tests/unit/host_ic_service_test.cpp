// SPDX-License-Identifier: GPL-2.0-only
// Framing and negotiation of the integration services (protocol.md 4.1, 4.2), and what
// the host does about answers that are wrong, late, or do not come.
#include "bus/ic_guest.hpp"

#include <gtest/gtest.h>

using bus_test::IcGuest;
using bus_test::IcRequest;
using bus_test::Outcome;
using bus_test::World;
using host::IcOutcome;
using host::IcService;
using hyperv::IcType;

namespace {

struct Body {
    unsigned char bytes[20];
};

// A service that does what the test asks, of which there are none in Hyper-V.
class Probe : public IcService {
public:
    explicit Probe(host::Platform& platform)
        : IcService(platform, "probe", IcType::Vss, "35fa2e29-ea23-4236-96ae-3a6ebacba440",
                    "00000000-0000-0000-0000-000000000001", {{1, 0}, {2, 1}}) {
        patience_ns = 100 * 1000000;
    }
    void send(unsigned char first, host::IcDone done) { ask(Body{{first}}, std::move(done)); }
    void on_ready(bool first) override { first ? ready_first++ : ready_again++; }
    int ready_first = 0, ready_again = 0;
};

void with_probe(const std::function<void(Probe&, IcGuest&)>& body) {
    World world(bus_test::WorldOptions{});
    auto probe = std::make_shared<Probe>(world.link);
    world.bus.add_device(probe);
    world.run_connected([&] {
        IcGuest guest(world.devices.at(0)->channel);
        body(*probe, guest);
    });
}

void with_ready_probe(const std::function<void(Probe&, IcGuest&)>& body) {
    with_probe([&](Probe& probe, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({2, 1}));
        ASSERT_TRUE(probe.ready());
        body(probe, guest);
    });
}

// What the host makes of an answer that the guest has changed before it went out.
struct Judged {
    Outcome outcome;
    std::vector<std::string> violations;
};

Judged judge(const std::function<void(IcRequest&)>& change) {
    Judged judged;
    with_ready_probe([&](Probe& probe, IcGuest& guest) {
        probe.send(7, judged.outcome.record());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        request.message()->ic.flags = hyperv::kIcTransaction | hyperv::kIcResponse;
        change(request);
        guest.send(request.bytes, request.transaction_id);
        lis_os_sleep_ms(5);
        judged.violations = probe.violations();
        lis_os_sleep_ms(200);
    });
    EXPECT_EQ(judged.outcome.times, 1);
    return judged;
}

} // namespace

TEST(IcService, OffersAllVersionsAndTakesTheGuests) {
    with_probe([](Probe& probe, IcGuest& guest) {
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        EXPECT_EQ(request.type(), IcType::Negotiate);
        EXPECT_EQ(request.message()->ic.flags, hyperv::kIcTransaction | hyperv::kIcRequest);
        EXPECT_EQ(request.message()->ic.size.get(), 8 + 4 * 4);
        EXPECT_EQ(IcGuest::offered(request, true), (std::vector<host::ServiceVersion>{{1, 0}, {3, 0}}));
        EXPECT_EQ(IcGuest::offered(request, false), (std::vector<host::ServiceVersion>{{1, 0}, {2, 1}}));
        EXPECT_FALSE(probe.ready());
    });
    with_probe([](Probe& probe, IcGuest& guest) {
        ASSERT_TRUE(guest.accept({2, 1}, {1, 0}));
        EXPECT_TRUE(probe.ready());
        EXPECT_EQ(probe.version().text(), "2.1");
        EXPECT_EQ(probe.framework().text(), "1.0");
        EXPECT_EQ(probe.ready_first, 1);
        Outcome outcome;
        probe.send(1, outcome.record());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        EXPECT_EQ(request.message()->ic.message.major.get(), 2);
        EXPECT_EQ(request.message()->ic.message.minor.get(), 1);
        EXPECT_EQ(request.message()->ic.framework.major.get(), 1);
        guest.answer(request);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(outcome.answer.ok());
        EXPECT_TRUE(probe.violations().empty());
    });
}

TEST(IcService, RequestsWaitForNegotiationAndForEachOther) {
    with_probe([](Probe& probe, IcGuest& guest) {
        Outcome one, two;
        probe.send(1, one.record());
        probe.send(2, two.record());
        ASSERT_TRUE(guest.accept({1, 0}));
        IcRequest first = guest.receive();
        ASSERT_TRUE(first);
        EXPECT_EQ(first.body<Body>()->bytes[0], 1);
        EXPECT_FALSE(guest.receive(20)) << "two requests are under way";
        guest.answer(first, hyperv::kIcFail);
        IcRequest second = guest.receive();
        ASSERT_TRUE(second);
        EXPECT_EQ(one.times, 1);
        EXPECT_EQ(one.answer.outcome, IcOutcome::Answered);
        EXPECT_EQ(one.answer.status, hyperv::kIcFail);
        EXPECT_EQ(one.answer.text(), "0x80004005");
        EXPECT_EQ(second.body<Body>()->bytes[0], 2);
        EXPECT_NE(second.message()->ic.transaction, first.message()->ic.transaction);
        guest.answer(second);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(two.answer.ok());
        host::Counters counters;
        probe.count(counters);
        EXPECT_EQ(counters["failures"], 1u);
        EXPECT_EQ(counters["answers"], 3u);
        EXPECT_EQ(counters["violations"], 0u);
    });
}

TEST(IcService, GuestWithoutACommonVersionIsLeftAlone) {
    with_probe([](Probe& probe, IcGuest& guest) {
        Outcome outcome;
        probe.send(1, outcome.record());
        IcRequest request = guest.receive();
        request.body<hyperv::IcNegotiate>()->framework_count.set(0);
        request.body<hyperv::IcNegotiate>()->message_count.set(0);
        request.message()->ic.size.set(hyperv::kIcNegotiatedBytes);
        guest.answer(request);
        EXPECT_FALSE(guest.receive(500));
        EXPECT_EQ(probe.state(), IcService::State::Refused);
        EXPECT_EQ(outcome.answer.outcome, IcOutcome::Ended);
        EXPECT_TRUE(probe.violations().empty());
    });
}

TEST(IcService, RefusesVersionsThatItHasNotOffered) {
    with_probe([](Probe& probe, IcGuest& guest) {
        IcRequest request = guest.receive();
        // Both lists are turned round: the framework's place has a version of the service.
        hyperv::IcNegotiate* const counts = request.body<hyperv::IcNegotiate>();
        counts->framework_count.set(1);
        counts->message_count.set(1);
        memset(request.bytes.data() + sizeof(hyperv::IcMessage) + sizeof *counts, 0x77, 8);
        request.message()->ic.size.set(hyperv::kIcNegotiatedBytes);
        guest.answer(request);
        lis_os_sleep_ms(5);
        EXPECT_EQ(probe.state(), IcService::State::Refused);
        ASSERT_EQ(probe.violations().size(), 1u);
        EXPECT_NE(probe.violations()[0].find("not offered"), std::string::npos);
    });
}

TEST(IcService, NegotiatesAgainAfterSilence) {
    with_probe([](Probe& probe, IcGuest& guest) {
        IcRequest first = guest.receive();
        ASSERT_TRUE(first);
        IcRequest second = guest.receive(300);
        ASSERT_TRUE(second) << "the host does not ask again";
        EXPECT_EQ(second.type(), IcType::Negotiate);
        EXPECT_NE(second.message()->ic.transaction, first.message()->ic.transaction);
        // The reference driver answers what it finds in the ring, one after the other.
        for (IcRequest* request : {&first, &second}) {
            struct Answer {
                hyperv::IcNegotiate counts;
                hyperv::IcVersion framework, version;
            };
            Answer* const body = request->body<Answer>();
            body->counts.framework_count.set(1);
            body->counts.message_count.set(1);
            body->framework.major.set(3);
            body->framework.minor.set(0);
            body->version.major.set(2);
            body->version.minor.set(1);
            request->message()->ic.size.set(hyperv::kIcNegotiatedBytes);
            guest.answer(*request);
            lis_os_sleep_ms(1);
            EXPECT_TRUE(probe.ready());
        }
        EXPECT_EQ(probe.ready_first, 1);
        EXPECT_TRUE(probe.violations().empty());
    });
}

TEST(IcService, NegotiatesOnceMoreWhileOpen) {
    with_ready_probe([](Probe& probe, IcGuest& guest) {
        Outcome before, behind;
        probe.send(1, before.record());
        probe.negotiate();
        probe.send(2, behind.record());
        EXPECT_FALSE(probe.ready());
        guest.answer(guest.receive());
        ASSERT_TRUE(guest.accept({1, 0}));
        EXPECT_EQ(probe.ready_again, 1);
        EXPECT_TRUE(before.answer.ok());
        IcRequest request = guest.receive();
        ASSERT_TRUE(request);
        EXPECT_EQ(request.message()->ic.message.major.get(), 1);
        guest.answer(request);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(behind.answer.ok());
        EXPECT_TRUE(probe.violations().empty());
    });
}

TEST(IcService, CountsSilenceAndTakesALateAnswerForNothing) {
    with_ready_probe([](Probe& probe, IcGuest& guest) {
        Outcome lost, good;
        probe.send(1, lost.record());
        IcRequest first = guest.receive();
        lis_os_sleep_ms(150);
        EXPECT_EQ(lost.times, 1);
        EXPECT_EQ(lost.answer.outcome, IcOutcome::Silent);
        probe.send(2, good.record());
        IcRequest second = guest.receive();
        guest.answer(first);
        lis_os_sleep_ms(1);
        EXPECT_EQ(good.times, 0) << "an old answer is taken for the new one";
        guest.answer(second);
        lis_os_sleep_ms(1);
        EXPECT_TRUE(good.answer.ok());
        host::Counters counters;
        probe.count(counters);
        EXPECT_EQ(counters["silent"], 1u);
        EXPECT_EQ(counters["late"], 1u);
        EXPECT_EQ(counters["violations"], 0u);
        // Once is late; twice is nothing that was asked.
        guest.answer(first);
        lis_os_sleep_ms(1);
        EXPECT_EQ(probe.violations(), (std::vector<std::string>{"an answer to nothing"}));
    });
}

TEST(IcService, EndsWhatIsUnderWayWhenTheGuestCloses) {
    World world(bus_test::WorldOptions{});
    auto probe = std::make_shared<Probe>(world.link);
    world.bus.add_device(probe);
    Outcome one, two;
    world.run_connected([&] {
        {
            IcGuest guest(world.devices.at(0)->channel);
            ASSERT_TRUE(guest.accept({2, 1}));
            probe->send(1, one.record());
            probe->send(2, two.record());
            ASSERT_TRUE(guest.receive());
        }
        EXPECT_EQ(one.answer.outcome, IcOutcome::Ended);
        EXPECT_EQ(one.times, 1);
        EXPECT_EQ(two.times, 1);
        // A timer of before must not touch the next opening.
        IcGuest again(world.devices.at(0)->channel);
        ASSERT_TRUE(again.accept({1, 0}));
        lis_os_sleep_ms(300);
        host::Counters counters;
        probe->count(counters);
        EXPECT_EQ(counters["silent"], 0u);
        EXPECT_EQ(probe->ready_first, 2);
    });
}

TEST(IcService, WaitsForSpaceInTheRing) {
    with_ready_probe([](Probe& probe, IcGuest& guest) {
        // Nothing reads: given up, but still in the ring.
        std::vector<Outcome> outcomes(400);
        for (size_t i = 0; i < 399; i++) {
            probe.send(1, outcomes[i].record());
            lis_os_sleep_ms(101);
        }
        EXPECT_EQ(outcomes[398].answer.outcome, IcOutcome::Silent);
        probe.send(2, outcomes[399].record());
        for (;;) {
            IcRequest request = guest.receive();
            ASSERT_TRUE(request) << "what found the ring full was forgotten";
            if (request.body<Body>()->bytes[0] != 2) continue;
            guest.answer(request);
            break;
        }
        lis_os_sleep_ms(5);
        EXPECT_TRUE(outcomes[399].answer.ok());
        EXPECT_TRUE(probe.violations().empty());
    });
}

// ---- answers that are wrong ----

TEST(IcService, UsesAnAnswerWithSmallFaults) {
    const std::function<void(IcRequest&)> faults[] = {
        [](IcRequest& r) { r.message()->ic.flags = hyperv::kIcResponse; },
        [](IcRequest& r) { r.message()->ic.message.major.set(9); },
        [](IcRequest& r) {
            r.bytes.resize(r.bytes.size() + 8);
            r.message()->pipe.size.set(r.message()->pipe.size.get() + 8);
        },
    };
    for (const auto& fault : faults) {
        const Judged judged = judge(fault);
        EXPECT_TRUE(judged.outcome.answer.ok());
        EXPECT_EQ(judged.violations.size(), 1u);
    }
    Judged judged = judge([](IcRequest& r) { r.transaction_id = ~uint64_t{0}; });
    EXPECT_TRUE(judged.outcome.answer.ok());
    EXPECT_TRUE(judged.violations.empty()) << "hv_fcopy_uio_daemon does that";
}

TEST(IcService, DoesNotUseAnAnswerOfTheWrongTypeOrSize) {
    const std::function<void(IcRequest&)> faults[] = {
        [](IcRequest& r) { r.message()->ic.type.set(static_cast<uint16_t>(IcType::Kvp)); },
        [](IcRequest& r) { r.message()->ic.size.set(19); },
    };
    for (const auto& fault : faults) {
        const Judged judged = judge(fault);
        EXPECT_EQ(judged.outcome.answer.outcome, IcOutcome::Unusable);
        EXPECT_EQ(judged.violations.size(), 1u);
    }
}

TEST(IcService, DoesNotTakeForAnAnswerWhatIsNone) {
    const std::function<void(IcRequest&)> faults[] = {
        [](IcRequest& r) { r.bytes.resize(24); },
        [](IcRequest& r) { r.message()->pipe.type.set(2); },
        [](IcRequest& r) { r.message()->pipe.size.set(0xFFFFFFF8); },
        [](IcRequest& r) { r.message()->pipe.size.set(19); },
        [](IcRequest& r) { r.message()->ic.size.set(0xFFFF); },
        [](IcRequest& r) { r.message()->ic.flags = hyperv::kIcTransaction | hyperv::kIcRequest; },
        [](IcRequest& r) { r.message()->ic.transaction++; },
    };
    for (const auto& fault : faults) {
        const Judged judged = judge(fault);
        EXPECT_EQ(judged.outcome.answer.outcome, IcOutcome::Silent);
        EXPECT_EQ(judged.violations.size(), 1u);
    }
}
