// SPDX-License-Identifier: GPL-2.0-only
// The simulated machine itself: that it keeps the promises of lis/os.h, and that it
// sees the mistakes that it is there to see.
#include "os/machine.hpp"
#include "os/report.hpp"
#include "os/seeds.hpp"

#include <lis/shared.hpp>

#include <gtest/gtest.h>
#include <set>

using testos::for_each_seed;
using testos::Machine;
using testos::Options;
using testos::Seed;

namespace {

std::vector<std::string>* g_reports;

// While it lives, reports are collected instead of failing the test.
class ExpectReports {
public:
    ExpectReports() {
        g_reports = &reports_;
        testos::set_report_sink([](const std::string& text) { g_reports->push_back(text); });
    }
    ~ExpectReports() {
        testos::set_report_sink([](const std::string& text) { ADD_FAILURE() << text; });
    }
    bool saw(const std::string& part) const {
        for (const std::string& text : reports_)
            if (text.find(part) != std::string::npos) return true;
        return false;
    }
    size_t count() const { return reports_.size(); }

private:
    std::vector<std::string> reports_;
};

Options options(uint64_t seed, uint32_t cpus = 2) {
    Options made;
    made.seed = seed;
    made.cpus = cpus;
    return made;
}

void count_up(void* context) { ++*static_cast<int*>(context); }

struct Waiter {
    lis_os_event* event;
    int order = 0;
};

} // namespace

TEST(Clock, JumpsToTheDeadlineOfAWaitThatNobodyEnds) {
    for_each_seed(50, [](Seed seed) {
        Machine machine(options(seed.value));
        machine.run([] {
            lis_os_event* event = lis_os_event_create();
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(lis_os_wait(event, 100000), -LIS_ETIMEDOUT);
            EXPECT_GE(lis_os_now_ns() - before, 100000 * 1000000ull);
            EXPECT_LE(lis_os_now_ns() - before, 100001 * 1000000ull);
            lis_os_event_destroy(event);
        });
    });
}

TEST(Clock, EventEndsAWaitLongBeforeItsDeadline) {
    for_each_seed(200, [](Seed seed) {
        Machine machine(options(seed.value));
        machine.run([&machine] {
            lis_os_event* event = lis_os_event_create();
            testos::Task* task = machine.scheduler.spawn("setter", [event] {
                lis_os_sleep_ms(5);
                lis_os_event_set(event);
            });
            EXPECT_EQ(lis_os_wait(event, 100000), 0);
            EXPECT_EQ(lis_os_wait(event, 0), 0) << "set stays set";
            EXPECT_LT(lis_os_now_ns(), 2000000000ull);
            machine.scheduler.join(task);
            lis_os_event_destroy(event);
        });
    });
}

TEST(Deadlock, IsReportedWithItsWaiters) {
    ExpectReports reports;
    {
        Machine machine(options(1));
        EXPECT_FALSE(machine.run([&machine] {
            testos::WaitList nobody;
            machine.scheduler.block(nobody, "the end of days", testos::kNever);
        }));
    }
    EXPECT_TRUE(reports.saw("deadlock"));
    EXPECT_TRUE(reports.saw("test waits for the end of days"));
}

TEST(SpinLocks, ExcludeEachOtherOnEveryCpu) {
    for_each_seed(300, [](Seed seed) {
        Machine machine(options(seed.value, 4));
        machine.run([&machine] {
            lis_os_spinlock* lock = lis_os_spinlock_create(1);
            int inside = 0, entered = 0;
            std::vector<testos::Task*> tasks;
            for (int i = 0; i < 4; i++) {
                tasks.push_back(machine.scheduler.spawn("locker", [&, lock] {
                    for (int round = 0; round < 10; round++) {
                        const unsigned long state = lis_os_spin_lock(lock);
                        EXPECT_EQ(inside++, 0);
                        lis_os_delay_us(1); // a scheduling point inside
                        inside--;
                        entered++;
                        lis_os_spin_unlock(lock, state);
                    }
                }));
            }
            for (testos::Task* task : tasks) machine.scheduler.join(task);
            EXPECT_EQ(entered, 40);
            lis_os_spinlock_destroy(lock);
        });
    });
}

TEST(SpinLocks, KeepInterruptsOfTheirCpuAway) {
    for_each_seed(300, [](Seed seed) {
        Machine machine(options(seed.value, 1));
        int taken = 0;
        machine.set_handler(0x40, [&taken](uint32_t) { taken++; });
        machine.run([&machine, &taken] {
            lis_os_spinlock* lock = lis_os_spinlock_create(1);
            const unsigned long state = lis_os_spin_lock(lock);
            machine.raise(machine.scheduler.cpu(0), 0x40);
            for (int i = 0; i < 50; i++) lis_os_delay_us(10);
            EXPECT_EQ(taken, 0);
            lis_os_spin_unlock(lock, state);
            lis_os_sleep_ms(1);
            EXPECT_EQ(taken, 1);
            lis_os_spinlock_destroy(lock);
        });
    });
}

TEST(LockRanks, MustRise) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.run([] {
        lis_os_mutex* low = lis_os_mutex_create(1);
        lis_os_spinlock* high = lis_os_spinlock_create(2);
        lis_os_spinlock* low_spin = lis_os_spinlock_create(1);
        lis_os_mutex_lock(low);
        unsigned long state = lis_os_spin_lock(high);
        lis_os_spin_unlock(high, state);
        lis_os_mutex_unlock(low);
        state = lis_os_spin_lock(high);
        const unsigned long inner = lis_os_spin_lock(low_spin);
        lis_os_spin_unlock(low_spin, inner);
        lis_os_spin_unlock(high, state);
        lis_os_mutex_destroy(low);
        lis_os_spinlock_destroy(high);
        lis_os_spinlock_destroy(low_spin);
    });
    EXPECT_EQ(reports.count(), 1u);
    EXPECT_TRUE(reports.saw("rank 1 is taken while one of rank 2"));
}

TEST(Contexts, SleepingUnderASpinLockIsReported) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.run([] {
        lis_os_spinlock* lock = lis_os_spinlock_create(1);
        const unsigned long state = lis_os_spin_lock(lock);
        void* memory = lis_os_alloc(8);
        lis_os_spin_unlock(lock, state);
        lis_os_free(memory);
        lis_os_spinlock_destroy(lock);
    });
    EXPECT_EQ(reports.count(), 1u);
    EXPECT_TRUE(reports.saw("lis_os_alloc with interrupts off"));
}

TEST(Contexts, SleepingInAnInterruptIsReported) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.set_handler(0x40, [](uint32_t) { lis_os_free(lis_os_alloc(8)); });
    machine.run([&machine] {
        machine.raise(machine.scheduler.cpu(0), 0x40);
        lis_os_sleep_ms(1);
    });
    EXPECT_EQ(reports.count(), 1u);
    EXPECT_TRUE(reports.saw("lis_os_alloc in interrupt context"));
}

TEST(Contexts, SleepingWhilePinnedIsReported) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.run([] {
        lis_os_cpu_pin();
        lis_os_sleep_ms(1);
        lis_os_cpu_unpin();
    });
    EXPECT_TRUE(reports.saw("lis_os_sleep_ms while pinned"));
}

TEST(Contexts, LockOnTheCrashPathIsReported) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.run([&machine] {
        lis_os_spinlock* lock = lis_os_spinlock_create(1);
        machine.crash([lock] { lis_os_spin_unlock(lock, lis_os_spin_lock(lock)); });
        lis_os_spinlock_destroy(lock);
    });
    EXPECT_TRUE(reports.saw("lis_os_spin_lock on the crash path"));
}

TEST(Leaks, AreReportedWithTheirPlace) {
    static lis_os_pages* volatile pages; // static: no leak in the eyes of the leak sanitizer
    static lis_os_event* volatile event;
    ExpectReports reports;
    {
        Machine machine(options(1));
        machine.run([] {
            pages = lis_os_pages_alloc(3);
            event = lis_os_event_create();
        });
    }
    EXPECT_TRUE(reports.saw("pages from"));
    EXPECT_TRUE(reports.saw("event from"));
    EXPECT_TRUE(reports.saw("os_test.cpp"));
}

TEST(Leaks, AbandonedPagesAreNone) {
    Machine machine(options(1));
    machine.run([] { lis_os_pages_abandon(lis_os_pages_alloc(3)); });
}

TEST(Queues, RunItemsInOrderAndAgainWhenSubmittedWhileRunning) {
    for_each_seed(300, [](Seed seed) {
        Machine machine(options(seed.value));
        machine.run([] {
            struct Log {
                std::vector<int> order;
                lis_os_work* first = nullptr;
            } log;
            lis_os_queue* queue = lis_os_queue_create("test");
            lis_os_work* first = lis_os_work_create(
                queue,
                [](void* context) {
                    Log* l = static_cast<Log*>(context);
                    l->order.push_back(1);
                    if (l->order.size() == 1) lis_os_work_submit(l->first);
                },
                &log);
            lis_os_work* second = lis_os_work_create(
                queue, [](void* context) { static_cast<Log*>(context)->order.push_back(2); }, &log);
            log.first = first;
            lis_os_work_submit(first);
            lis_os_work_submit(second);
            lis_os_queue_flush(queue);
            lis_os_queue_flush(queue); // what the first flush did not know
            EXPECT_EQ(log.order.size(), 3u);
            EXPECT_EQ(log.order[0], 1);
            lis_os_work_destroy(first);
            lis_os_work_destroy(second);
            lis_os_queue_destroy(queue);
        });
    });
}

TEST(Queues, CancelledDelayedItemNeverRuns) {
    for_each_seed(100, [](Seed seed) {
        Machine machine(options(seed.value));
        machine.run([] {
            int runs = 0;
            lis_os_queue* queue = lis_os_queue_create("test");
            lis_os_work* work = lis_os_work_create(queue, count_up, &runs);
            lis_os_work_submit_after(work, 10);
            lis_os_work_cancel(work);
            lis_os_sleep_ms(100);
            EXPECT_EQ(runs, 0);
            lis_os_work_submit_after(work, 10);
            lis_os_sleep_ms(100);
            EXPECT_EQ(runs, 1);
            lis_os_work_destroy(work);
            lis_os_queue_destroy(queue);
        });
    });
}

TEST(Softirqs, DoNotRunWhileDisabled) {
    for_each_seed(200, [](Seed seed) {
        Machine machine(options(seed.value));
        machine.run([] {
            int runs = 0;
            lis_os_softirq* softirq = lis_os_softirq_create(count_up, &runs);
            lis_os_softirq_disable(softirq);
            lis_os_softirq_schedule(softirq);
            lis_os_sleep_ms(5);
            EXPECT_EQ(runs, 0);
            lis_os_softirq_enable(softirq);
            lis_os_softirq_destroy(softirq);
            EXPECT_EQ(runs, 1) << "destroy waits for a pending run";
        });
    });
}

TEST(Cpus, CallRunsThereWithInterruptsOff) {
    for_each_seed(100, [](Seed seed) {
        Machine machine(options(seed.value, 8));
        machine.run([&machine] {
            uint32_t where = ~0u;
            EXPECT_EQ(lis_os_cpu_call(5, [](void* context) { *static_cast<uint32_t*>(context) = lis_os_cpu_pin();
                                             lis_os_cpu_unpin(); }, &where), 0);
            EXPECT_EQ(where, 5u);
            machine.set_online(5, false);
            EXPECT_EQ(lis_os_cpu_call(5, count_up, nullptr), -LIS_ENODEV);
        });
    });
}

TEST(Cpus, QuiesceWaitsForRunningHandlers) {
    int waited_for = 0;
    for_each_seed(300, [&waited_for](Seed seed) {
        Machine machine(options(seed.value, 2));
        bool running = false, ended = false;
        machine.set_handler(0x40, [&](uint32_t) {
            running = true;
            for (int i = 0; i < 20; i++) lis_os_delay_us(3);
            running = false;
            ended = true;
        });
        machine.run([&] {
            machine.raise(machine.scheduler.cpu(1), 0x40);
            // On CPU 1 itself this task does not see the handler run.
            while (!running && !ended) lis_os_delay_us(1);
            waited_for += running;
            lis_os_quiesce();
            EXPECT_FALSE(running);
            lis_os_sleep_ms(1);
        });
    });
    EXPECT_GT(waited_for, 50);
}

TEST(Pages, AreScatteredAndMappedTwiceInARowForARing) {
    Machine machine(options(3));
    machine.run([] {
        lis_os_pages* pages = lis_os_pages_alloc(4);
        uint32_t neighbours = 0;
        for (uint32_t i = 1; i < 4; i++)
            neighbours += lis_os_pages_frame(pages, i) == lis_os_pages_frame(pages, i - 1) + 1;
        EXPECT_LT(neighbours, 3u);
        unsigned char* ring = static_cast<unsigned char*>(lis_os_pages_map_ring(pages, 0, 4));
        ASSERT_NE(ring, nullptr);
        ring[4096] = 11;
        ring[4 * 4096 + 4095] = 22;
        EXPECT_EQ(ring[4 * 4096], 11);
        EXPECT_EQ(ring[4095 + 3 * 4096], 0);
        EXPECT_EQ(ring[7 * 4096 - 1], 0);
        EXPECT_EQ(static_cast<unsigned char*>(lis_os_pages_address(pages, 1))[0], 11);
        lis_os_unmap(ring);
        lis_os_pages_free(pages);
    });
}

TEST(Pages, FreedWhileTheHostHoldsThemIsReported) {
    ExpectReports reports;
    Machine machine(options(1));
    machine.run([] {
        lis_os_pages* pages = lis_os_pages_alloc(1);
        testos::Frames::pool().hold(lis_os_pages_frame(pages, 0));
        lis_os_pages_free(pages);
    });
    EXPECT_TRUE(reports.saw("the host may still use"));
}

TEST(SharedMemoryDeathTest, DirectAccessIsAnAsanError) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Machine machine(options(1));
    machine.run([] {
        lis_os_pages* pages = lis_os_pages_alloc(1);
        const uint64_t frame = lis_os_pages_frame(pages, 0);
        volatile uint32_t* word = static_cast<volatile uint32_t*>(lis_os_pages_address(pages, 0));
        *word = 7;
        testos::Frames::pool().hold(frame);
        EXPECT_EQ(lis::load_once(static_cast<uint32_t*>(lis_os_pages_address(pages, 0))), 7u);
        EXPECT_DEATH(*word = 8, "use-after-poison");
        testos::Frames::pool().release(frame);
        *word = 9;
        lis_os_pages_free(pages);
    });
}

TEST(Allocations, TheNthOneFails) {
    Machine machine(options(1));
    machine.run([&machine] {
        machine.fail_allocation(2);
        lis_os_event* first = lis_os_event_create();
        EXPECT_NE(first, nullptr);
        EXPECT_EQ(lis_os_alloc(8), nullptr);
        EXPECT_TRUE(machine.failure_was_injected());
        void* third = lis_os_alloc(8);
        EXPECT_NE(third, nullptr);
        lis_os_free(third);
        lis_os_event_destroy(first);
    });
}

TEST(Seeds, GiveDifferentSchedulesAndTheSameOneTwice) {
    auto order = [](uint64_t seed) {
        std::string text;
        Machine machine(options(seed, 2));
        machine.run([&] {
            std::vector<testos::Task*> tasks;
            for (char name : {'a', 'b', 'c'})
                tasks.push_back(machine.scheduler.spawn("t", [&text, name] {
                    for (int i = 0; i < 5; i++) {
                        text += name;
                        lis_os_cpu_pin();
                        lis_os_cpu_unpin();
                    }
                }));
            for (testos::Task* task : tasks) machine.scheduler.join(task);
        });
        return text;
    };
    std::set<std::string> orders;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        EXPECT_EQ(order(seed), order(seed));
        orders.insert(order(seed));
    }
    EXPECT_GT(orders.size(), 20u);
}

TEST(Log, LimitedLinesAreTenInFiveSeconds) {
    Machine machine(options(1));
    machine.run([&machine] {
        for (int i = 0; i < 100; i++) lis_os_log_limited(LIS_OS_LOG_WARNING, "again %d", i);
        EXPECT_EQ(machine.logged("again"), 10u);
        lis_os_sleep_ms(5000);
        lis_os_log_limited(LIS_OS_LOG_WARNING, "again later");
        EXPECT_EQ(machine.logged("again later"), 1u);
    });
}
