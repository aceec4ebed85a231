// SPDX-License-Identifier: GPL-2.0-only
#include "control.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vmm {

namespace {

const size_t kLongestLine = 1 << 20;
const size_t kUnsentAtMost = 1 << 20;

Json refusal(const std::string& text) { return Json{{"error", {{"class", "GenericError"}, {"desc", text}}}}; }

} // namespace

Control::~Control() {
    while (!clients_.empty()) drop(clients_.begin()->first);
    if (listener_.get() >= 0) {
        loop_.forget(listener_.get());
        unlink(path_.c_str());
    }
}

void Control::open(const std::string& where) {
    if (where.compare(0, 5, "pipe:") == 0) {
        const std::string path = where.substr(5);
        Fd in(::open((path + ".in").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
        if (in.get() < 0) throw system_error(path + ".in");
        Fd out(::open((path + ".out").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
        if (out.get() < 0) throw system_error(path + ".out");
        serve(std::move(in), std::move(out));
        return;
    }
    if (where.compare(0, 5, "unix:") != 0) throw Error("--control " + where + ": pipe:PATH or unix:PATH");
    path_ = where.substr(5);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) throw Error("--control " + where + ": too long for a socket's name");
    path_.copy(address.sun_path, path_.size());
    Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (listener.get() < 0) throw system_error("socket");
    if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener.get(), 4) != 0)
        throw system_error(path_);
    listener_ = std::move(listener);
    loop_.watch(listener_.get(), [this] {
        const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) serve(Fd(fd), Fd());
    });
}

void Control::serve(Fd in, Fd out) {
    const int fd = in.get();
    Client& client = clients_[fd];
    client.in = std::move(in);
    client.out = std::move(out);
    loop_.watch(fd, [this, fd] { receive(fd); });
}

void Control::send(Client& client, const std::string& text) {
    // A client that does not read loses whole lines in the end: nobody waits for it.
    if (client.unsent.size() > kUnsentAtMost) return;
    client.unsent += text + "\n";
    send_unsent(client);
}

void Control::send_unsent(Client& client) {
    const bool pipe = client.out.get() >= 0;
    const int fd = pipe ? client.out.get() : client.in.get();
    const ssize_t sent = pipe ? write(fd, client.unsent.data(), client.unsent.size())
                              : ::send(fd, client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // One that is gone is noticed where it is read.
    if (sent < 0 && errno != EAGAIN && errno != EINTR) client.unsent.clear();
    if (sent > 0) client.unsent.erase(0, static_cast<size_t>(sent));
    const bool watched = client.room.get() >= 0;
    if (client.unsent.empty() == !watched) return;
    if (watched) {
        loop_.forget(client.room.get());
        client.room = Fd();
        return;
    }
    client.room = Fd(dup(fd));
    if (client.room.get() < 0) return; // the next line takes it along
    const int key = client.in.get();
    loop_.watch_room(client.room.get(), [this, key] {
        const auto found = clients_.find(key);
        if (found != clients_.end()) send_unsent(found->second);
    });
}

void Control::drop(int fd) {
    const auto found = clients_.find(fd);
    if (found->second.room.get() >= 0) loop_.forget(found->second.room.get());
    loop_.forget(fd);
    clients_.erase(found);
}

void Control::receive(int fd) {
    Client& client = clients_[fd];
    char bytes[4096];
    const ssize_t count = read(fd, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0 || client.line.size() > kLongestLine) {
        drop(fd);
        return;
    }
    client.line.append(bytes, static_cast<size_t>(count));
    for (size_t end; (end = client.line.find('\n')) != std::string::npos;) {
        const std::string line = client.line.substr(0, end);
        client.line.erase(0, end + 1);
        if (line.find_first_not_of(" \r\t") != std::string::npos) send(client, answer(line));
    }
}

std::string Control::answer(const std::string& line) {
    const Json request = Json::parse(line, nullptr, false);
    Json result;
    if (!request.is_object() || !request.contains("execute") || !request["execute"].is_string()) {
        result = refusal("not a command: an object with \"execute\" is expected");
    } else {
        const std::string name = request["execute"];
        const auto command = commands_.find(name);
        if (command == commands_.end()) {
            result = refusal("unknown command " + name);
        } else {
            try {
                result = Json{{"return", command->second(request.value("arguments", Json::object()))}};
            } catch (const Error& error) {
                result = refusal(error.what());
            } catch (const Json::exception& error) {
                result = refusal(name + ": an argument is missing or of the wrong kind");
            }
        }
        if (request.contains("id")) result["id"] = request["id"];
    }
    return result.dump(-1, ' ', true, Json::error_handler_t::replace);
}

void Control::event(const std::string& name, const Json& data) {
    const std::string text = Json{{"event", name}, {"data", data}}.dump(-1, ' ', true, Json::error_handler_t::replace);
    for (auto& client : clients_) send(client.second, text);
}

} // namespace vmm
