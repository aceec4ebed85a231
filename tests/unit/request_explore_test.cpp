// SPDX-License-Identifier: GPL-2.0-only
// The request table in every order of its steps: two that add, and a host that answers
// at any time, twice, and with ids it has made up.
#include "support/explorer.hpp"

#include <lis/request_table.hpp>

#include <cstring>
#include <gtest/gtest.h>
#include <new>

using lis::Result;
using lis::Status;
using support::Exploration;
using support::Scenario;

namespace {

const uint64_t kStateLimit = 4000000;
const uint32_t kCapacity = 2;

struct Request {
    unsigned owner;
};
typedef lis::RequestTable<Request> Table;

class World {
public:
    World() {
        scenario_.reset = [this] { reset(); };
        scenario_.regions.push_back({table_, sizeof table_});
        scenario_.regions.push_back({slots_, sizeof slots_});
        scenario_.regions.push_back({ids_, sizeof ids_});
        scenario_.verdict = [](const std::vector<bool>& finished) {
            for (bool good : finished)
                if (!good) return std::string("a thread never ends");
            return std::string();
        };
    }

    void add_thread(std::function<void()> body) { scenario_.threads.push_back(body); }
    Exploration explore() { return support::explore(scenario_, kStateLimit); }

    Table& table() { return *reinterpret_cast<Table*>(table_); }

    // Adds a request of that thread, which has none, and takes it out again.
    void round_trip(unsigned thread) {
        const Result<uint64_t> id = table().add(&requests_[thread]);
        if (!id.ok()) return support::explorer_fail("refused, and the table was never full");
        const Result<Request*> request = table().take(id.value());
        if (!request.ok()) support::explorer_fail("a request that was added is not there");
        else if (request.value() != &requests_[thread]) support::explorer_fail("somebody else's request");
    }

    void add(unsigned thread) {
        const Result<uint64_t> id = table().add(&requests_[thread]);
        if (!id.ok()) return support::explorer_fail("refused, and the table was never full");
        lis::atomic_store(&ids_[thread], static_cast<unsigned long>(id.value()));
    }

    // The host answers before it could know the id, or later. Returns the owner's number, or -1.
    int answer(uint64_t id) {
        const Result<Request*> request = table().take(id);
        if (!request.ok()) return -1;
        if (request.value() != &requests_[0] && request.value() != &requests_[1]) {
            support::explorer_fail("no request of ours");
            return -1;
        }
        return static_cast<int>(request.value() - requests_);
    }
    uint64_t id_of(unsigned thread) { return lis::atomic_load(&ids_[thread]); }

private:
    void reset() {
        memset(table_, 0, sizeof table_);
        memset(slots_, 0, sizeof slots_);
        ids_[0] = ids_[1] = 0;
        new (table_) Table;
        if (table().init(slots_, kCapacity) != Status::Ok) abort();
        // A slot is used for the first time: what was there before is not a request.
    }

    alignas(8) unsigned char table_[sizeof(Table)];
    alignas(8) unsigned char slots_[64];
    unsigned long ids_[2];
    Request requests_[2];
    Scenario scenario_;
};

void expect_good(const Exploration& result) {
    EXPECT_EQ(result.failure, "");
    EXPECT_GT(result.ends, 0u);
    printf("             %llu states, %llu ends\n", static_cast<unsigned long long>(result.states),
           static_cast<unsigned long long>(result.ends));
}

TEST(RequestExplore, WhoIsAloneIsNotRefusedAndFindsHisOwn) {
    ASSERT_LE(Table::memory_bytes(kCapacity), 64u);
    World world;
    for (unsigned thread = 0; thread < 2; thread++)
        world.add_thread([&world, thread] {
            for (int i = 0; i < 2; i++) world.round_trip(thread);
        });
    expect_good(world.explore());
}

// The host knows how ids are made: it answers the first one of slot 0 at any time.
TEST(RequestExplore, AGuessedIdFindsAWholeRequestOrNone) {
    World world;
    const uint64_t first = uint64_t{2} << 32 | 1;
    world.add_thread([&] { world.add(0); });
    world.add_thread([&] {
        if (world.answer(first) >= 0 && world.answer(first) >= 0) support::explorer_fail("one id, two requests");
    });
    expect_good(world.explore());
}

TEST(RequestExplore, TwoAnswersWithOneIdFindOneRequest) {
    World world;
    static unsigned long found[2];
    world.add_thread([&] {
        world.add(0);
        const uint64_t id = world.id_of(0);
        lis::atomic_store(&found[0], world.answer(id) >= 0 ? 1ul : 0ul);
        world.add(1); // into the other slot, or this one again: never under the same id
    });
    world.add_thread([&] {
        const uint64_t id = world.id_of(0);
        if (id != 0 && world.answer(id) == 1) support::explorer_fail("an old id finds a new request");
    });
    expect_good(world.explore());
}

} // namespace
