// SPDX-License-Identifier: GPL-2.0-only
// Commands to the virtual machine and events from it, a JSON object a line, in the form of QMP:
//   {"execute": "device_add", "arguments": {"driver": "echo", ...}, "id": 1}  ->  {"return": {...}, "id": 1}
//   {"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}
#ifndef VMM_CONTROL_HPP
#define VMM_CONTROL_HPP

#include <map>
#include <memory>

#include <nlohmann/json.hpp>

#include "loop.hpp"

namespace vmm {

typedef nlohmann::json Json;

// Carries out one command: what it returns is the answer, an Error the refusal. Main thread.
typedef std::function<Json(const Json& arguments)> Command;

class Control {
public:
    explicit Control(Loop& loop) : loop_(loop) {}
    ~Control();

    void add_command(const std::string& name, Command command) { commands_[name] = std::move(command); }

    // pipe:PATH commands from PATH.in, answers and events to PATH.out (both must exist);
    // unix:PATH a socket for one client after the other. Throws Error.
    void open(const std::string& where);
    // Answers one line; without the line's end. Main thread.
    std::string answer(const std::string& line);
    // To every client. Main thread.
    void event(const std::string& name, const Json& data);

private:
    struct Client {
        Fd in, out; // out unused: the same as in
        std::string line;
        std::string unsent; // for a client that does not read, until it does
        Fd room;            // a second descriptor for out, watched while something is unsent
    };

    void serve(Fd in, Fd out);
    void receive(int fd);
    void send(Client& client, const std::string& text);
    void send_unsent(Client& client);
    void drop(int fd);

    Loop& loop_;
    std::map<std::string, Command> commands_;
    std::map<int, Client> clients_; // by the descriptor that is read
    Fd listener_;
    std::string path_;
};

} // namespace vmm

#endif
