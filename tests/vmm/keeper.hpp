// SPDX-License-Identifier: GPL-2.0-only
// Keeps one guest: gives it its devices, carries its serial ports, obeys commands, and
// starts it again after a reset.
#ifndef VMM_KEEPER_HPP
#define VMM_KEEPER_HPP

#include "device_list.hpp"
#include "machine.hpp"
#include "options.hpp"

namespace vmm {

class Keeper : private Observer {
public:
    explicit Keeper(const Options& options);
    ~Keeper() override;
    // Returns the program's exit status.
    int run();

private:
    struct Port {
        std::string where;
        Fd file;
        std::string line; // of a port that gives commands
    };

    void open_ports();
    void start_guest();
    void stop_guest();
    void guest_ended(End end);
    void time_is_up();
    Machine& guest(); // throws Error when there is none
    Json statistics();
    Json vcpus();
    void add_commands();
    void say(const std::string& text);

    void trace(const std::string& line) override;
    void crashed(const uint64_t (&parameters)[5]) override;
    void died(const std::string& why) override;
    void serial_output(unsigned port, unsigned char byte) override;

    Options options_;
    Loop loop_;
    Control control_;
    std::vector<Port> ports_;
    std::unique_ptr<Machine> machine_;
    DeviceList devices_;
    unsigned long reboots_left_;
    int status_ = 0;
    Fd time_limit_;
};

} // namespace vmm

#endif
