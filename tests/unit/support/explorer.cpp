// SPDX-License-Identifier: GPL-2.0-only
#include "explorer.hpp"

#include "hooks.hpp"

#include <lis/shared.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sanitizer/asan_interface.h>
#include <unordered_set>

// Suspends the caller, whose stack pointer is saved, and resumes another stack. Not
// setjmp(): sanitizers take that for a way out of the stack.
extern "C" void explorer_switch(void** save, void* resume);
__asm__(".text\n"
        "explorer_switch:\n"
        "    push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "    mov %rsp, (%rdi)\n"
        "    mov %rsi, %rsp\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "    ret\n");

namespace support {

namespace {

enum class Op { None, Load, Store, Locked, Barrier, Wake, Sleep };

struct Buffered {
    void* address;
    size_t size;
    uint64_t value;
};

uint64_t peek(const void* address, size_t size) {
    uint64_t value = 0;
    memcpy(&value, address, size);
    return value;
}

void poke(void* address, size_t size, uint64_t value) { memcpy(address, &value, size); }

struct Thread {
    std::unique_ptr<unsigned char[]> stack;
    void* stack_pointer = nullptr; // while it is suspended
    bool finished = false;
    bool woken = false;
    Op op = Op::None; // what it is about to do
    void* address = nullptr;
    size_t size = 0;
    uint64_t saved = 0; // memory behind a forwarded load or below a store
    bool forwarded = false;
    uint64_t history = 0; // of what it has seen
    std::vector<Buffered> buffer;
};

const size_t kStackBytes = 32 * 1024;

uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

class Engine {
public:
    Engine(const Scenario& scenario, uint64_t limit) : scenario_(scenario), limit_(limit) {
        threads_.resize(scenario.threads.size());
        for (Thread& thread : threads_) thread.stack.reset(new unsigned char[kStackBytes]);
    }

    Exploration run();

    // From inside a thread.
    void pause(Op op, void* address, size_t size);
    Thread* running() { return running_ < 0 ? nullptr : &threads_[static_cast<size_t>(running_)]; }
    Thread& thread(unsigned index) { return threads_[index]; }
    void fail(const char* what) { result_.failure = what; }
    void body() {
        scenario_.threads[static_cast<size_t>(running_)]();
        running()->finished = true;
        pause(Op::None, nullptr, 0); // for ever
    }

private:
    struct Choice {
        unsigned thread;
        bool flush;
    };
    struct Node {
        std::vector<Choice> choices;
        size_t taken;
    };

    void restart();
    void step(unsigned index);
    void flush(Thread& thread);
    bool enabled(const Thread& thread) const;
    // A step that no other thread can notice; it needs no branching.
    bool is_private(const Thread& thread) const {
        return thread.op == Op::Store || thread.op == Op::Barrier || thread.op == Op::None;
    }
    std::vector<Choice> choices() const;
    uint64_t state() const;
    std::string path() const;
    bool one_run(); // false: everything was explored

    const Scenario& scenario_;
    uint64_t limit_;
    std::vector<Thread> threads_;
    std::vector<Node> nodes_;
    std::unordered_set<uint64_t> visited_;
    Exploration result_;
    int running_ = -1;
    void* scheduler_ = nullptr; // its stack pointer
};

Engine* engine;

void thread_entry() { engine->body(); }

void Engine::restart() {
    scenario_.reset();
    for (Thread& thread : threads_) {
        thread.finished = thread.woken = thread.forwarded = false;
        thread.op = Op::None;
        thread.history = 0;
        thread.buffer.clear();
        ASAN_UNPOISON_MEMORY_REGION(thread.stack.get(), kStackBytes); // of a run that was given up
        // As explorer_switch() leaves a stack: six registers, and where to return to.
        void** const top = reinterpret_cast<void**>(thread.stack.get() + kStackBytes) - 2;
        top[0] = reinterpret_cast<void*>(thread_entry);
        thread.stack_pointer = top - 6;
    }
}

bool Engine::enabled(const Thread& thread) const {
    if (thread.finished) return false;
    switch (thread.op) {
    case Op::Locked:
    case Op::Barrier:
    case Op::Wake: return thread.buffer.empty();
    case Op::Sleep: return thread.woken && thread.buffer.empty();
    default: return true;
    }
}

std::vector<Engine::Choice> Engine::choices() const {
    std::vector<Choice> all;
    for (unsigned i = 0; i < threads_.size(); i++)
        if (enabled(threads_[i]) && is_private(threads_[i])) return {Choice{i, false}};
    for (unsigned i = 0; i < threads_.size(); i++) {
        if (enabled(threads_[i])) all.push_back(Choice{i, false});
        if (!threads_[i].buffer.empty()) all.push_back(Choice{i, true});
    }
    return all;
}

void Engine::step(unsigned index) {
    Thread& thread = threads_[index];
    running_ = static_cast<int>(index);
    explorer_switch(&scheduler_, thread.stack_pointer);
    running_ = -1;
}

void Engine::pause(Op op, void* address, size_t size) {
    Thread& thread = *running();
    thread.op = op;
    thread.address = address;
    thread.size = size;
    explorer_switch(&thread.stack_pointer, scheduler_);
}

void Engine::flush(Thread& thread) {
    const Buffered store = thread.buffer.front();
    thread.buffer.erase(thread.buffer.begin());
    poke(store.address, store.size, store.value);
}

uint64_t Engine::state() const {
    uint64_t hash = 1;
    for (const Scenario::Region& region : scenario_.regions)
        for (size_t i = 0; i < region.size; i += 8)
            hash = mix(hash, peek(static_cast<const char*>(region.start) + i, region.size - i < 8 ? region.size - i : 8));
    for (const Thread& thread : threads_) {
        hash = mix(hash, thread.history);
        hash = mix(hash, static_cast<uint64_t>(thread.op) << 8 | thread.finished << 1 | thread.woken);
        hash = mix(hash, reinterpret_cast<uintptr_t>(thread.address));
        for (const Buffered& store : thread.buffer)
            hash = mix(mix(hash, reinterpret_cast<uintptr_t>(store.address)), store.value);
        hash = mix(hash, thread.buffer.size());
    }
    return hash;
}

std::string Engine::path() const {
    std::string text = "; order (thread, f: its oldest store reaches memory):";
    for (const Node& node : nodes_) {
        const Choice& choice = node.choices[node.taken];
        text += " " + std::to_string(choice.thread) + (choice.flush ? "f" : "");
    }
    return text;
}

bool Engine::one_run() {
    restart();
    result_.runs++;
    for (size_t depth = 0;; depth++) {
        if (depth == nodes_.size()) {
            if (!visited_.insert(state()).second) break;
            if (++result_.states > limit_) {
                result_.failure = "too many states";
                return false;
            }
            std::vector<Choice> all = choices();
            if (all.empty()) {
                std::vector<bool> finished;
                for (const Thread& thread : threads_) finished.push_back(thread.finished);
                result_.ends++;
                result_.failure = scenario_.verdict(finished);
                if (result_.failure.empty()) break;
                result_.failure += path();
                return false;
            }
            nodes_.push_back(Node{std::move(all), 0});
        }
        const Choice choice = nodes_[depth].choices[nodes_[depth].taken];
        if (choice.flush)
            flush(threads_[choice.thread]);
        else
            step(choice.thread);
        if (!result_.failure.empty()) {
            result_.failure += path();
            return false;
        }
    }
    while (!nodes_.empty() && nodes_.back().taken + 1 == nodes_.back().choices.size()) nodes_.pop_back();
    if (nodes_.empty()) return false;
    nodes_.back().taken++;
    return true;
}

Exploration Engine::run() {
    while (one_run()) {
    }
    return result_;
}

const size_t kWord = sizeof(void*);

void begin(const volatile void* at, size_t size, int access) {
    Thread* const thread = engine->running();
    if (thread == nullptr || size > kWord) return;
    void* const address = const_cast<void*>(at);
    engine->pause(access == LIS_TEST_LOAD ? Op::Load : access == LIS_TEST_STORE ? Op::Store : Op::Locked, address, size);
    thread->saved = peek(address, size);
    thread->forwarded = false;
    if (access == LIS_TEST_LOAD) {
        for (const Buffered& store : thread->buffer) {
            if (store.address != address) continue;
            thread->forwarded = true;
            poke(address, size, store.value); // the newest wins
        }
    }
    if (access != LIS_TEST_STORE) thread->history = mix(thread->history, peek(address, size));
}

void end(const volatile void* at, size_t size, int access) {
    Thread* const thread = engine->running();
    if (thread == nullptr || size > kWord) return;
    void* const address = const_cast<void*>(at);
    if (access == LIS_TEST_STORE) {
        thread->buffer.push_back(Buffered{address, size, peek(address, size)});
        poke(address, size, thread->saved);
    } else if (thread->forwarded) {
        poke(address, size, thread->saved);
    }
    thread->history = mix(thread->history, 0x5EEDu + static_cast<unsigned>(access));
}

void barrier() {
    if (engine->running() != nullptr) engine->pause(Op::Barrier, nullptr, 0);
}

} // namespace

Exploration explore(const Scenario& scenario, uint64_t limit) {
    Engine local(scenario, limit);
    engine = &local;
    const Hooks saved = hooks;
    hooks = Hooks{begin, end, begin, end, barrier};
    const Exploration result = local.run();
    hooks = saved;
    engine = nullptr;
    return result;
}

void wake(unsigned thread) {
    engine->pause(Op::Wake, nullptr, thread);
    engine->thread(thread).woken = true;
    engine->running()->history = mix(engine->running()->history, 0xA1);
}

void sleep_until_woken() {
    engine->pause(Op::Sleep, nullptr, 0);
    engine->running()->woken = false;
    engine->running()->history = mix(engine->running()->history, 0xA2);
}

void explorer_fail(const char* what) { engine->fail(what); }

} // namespace support
