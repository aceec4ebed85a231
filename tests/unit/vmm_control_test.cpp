// SPDX-License-Identifier: GPL-2.0-only
// The monitor's control connection with clients that read late, or never.
#include <vmm/control.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace {

using vmm::Json;

const size_t kLong = 300000;

class Client {
public:
    explicit Client(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        EXPECT_EQ(0, connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    }
    void ask(const std::string& name) {
        const std::string line = "{\"execute\": \"" + name + "\"}\n";
        EXPECT_EQ(static_cast<ssize_t>(line.size()), write(fd_.get(), line.data(), line.size()));
    }
    // One line; empty at the end.
    std::string line() {
        size_t end;
        while ((end = got_.find('\n')) == std::string::npos) {
            char bytes[4096];
            const ssize_t count = read(fd_.get(), bytes, sizeof bytes);
            if (count <= 0) return "";
            got_.append(bytes, static_cast<size_t>(count));
        }
        const std::string line = got_.substr(0, end);
        got_.erase(0, end + 1);
        return line;
    }

private:
    vmm::Fd fd_;
    std::string got_;
};

class ControlTest : public testing::Test {
protected:
    ControlTest() : control_(loop_), path_("/tmp/lis-control-" + std::to_string(getpid())) {
        control_.add_command("long", [](const Json&) { return Json(std::string(kLong, 'x')); });
        control_.add_command("short", [](const Json&) { return Json("y"); });
        control_.open("unix:" + path_);
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~ControlTest() override {
        loop_.stop();
        thread_.join();
    }

    vmm::Loop loop_;
    vmm::Control control_;
    std::string path_;
    std::thread thread_;
};

TEST_F(ControlTest, AnswersReachWhoeverReadsLate) {
    Client late(path_), other(path_);
    for (int i = 0; i < 3; i++) late.ask("long");
    other.ask("short");
    EXPECT_EQ("{\"return\":\"y\"}", other.line()) << "nobody waits for the one who does not read";
    for (int i = 0; i < 3; i++) EXPECT_EQ(kLong, Json::parse(late.line())["return"].get<std::string>().size());
    late.ask("short");
    EXPECT_EQ("{\"return\":\"y\"}", late.line());
}

TEST_F(ControlTest, WhatIsTooMuchIsLostInWholeLines) {
    Client late(path_), other(path_);
    for (int i = 0; i < 20; i++) late.ask("long");
    for (int i = 0; i < 20; i++) {
        other.ask("short");
        EXPECT_NE("", other.line());
    }
    int whole = 0;
    for (;;) {
        late.ask("short");
        const Json answer = Json::parse(late.line(), nullptr, false);
        ASSERT_FALSE(answer.is_discarded()) << "a line was cut";
        if (answer["return"] == "y") break;
        whole++;
    }
    EXPECT_GE(whole, 3);
    EXPECT_LT(whole, 20);
}

TEST_F(ControlTest, WhoeverLeavesInTheMiddleIsForgotten) {
    {
        Client late(path_);
        for (int i = 0; i < 3; i++) late.ask("long");
    }
    Client other(path_);
    other.ask("short");
    EXPECT_EQ("{\"return\":\"y\"}", other.line());
}

} // namespace
