// SPDX-License-Identifier: GPL-2.0-only
#include "options.hpp"

#include "attack.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <getopt.h>

#include "device_kind.hpp"
#include "scenario_commands.hpp"

namespace vmm {

namespace {

const char kHelp[] =
    "vmbus-vmm: boots a Linux guest on KVM that finds itself on Hyper-V, with a VMBus\n"
    "\n"
    "Usage: vmbus-vmm --kernel FILE [options]\n"
    "       vmbus-vmm --disk-boot FILE [options]\n"
    "  --kernel FILE     bzImage to boot\n"
    "  --initrd FILE     initramfs\n"
    "  --disk-boot FILE  instead of both: kernel, initramfs and command line of the default entry of GRUB's menu or of\n"
    "                    loader/entries in /boot of this disk image (ext2, ext3, ext4, with or without partitions), read\n"
    "                    at each start of the guest anew; an entry asked for once (next_entry of grubenv) is taken once.\n"
    "                    The guest sees the disk only if a device shows it\n"
    "  --append TEXT     kernel command line, behind that of an entry\n"
    "  --generation N    1: with a BIOS's memory map, 8254, RTC and PM timer (default); 2: without, and with\n"
    "                    hardware-reduced ACPI\n"
    "  --direct-timers   Hyper-V's timers may interrupt by a vector of their own; without it they send messages\n"
    "  --cpus N          vCPUs, 1 to 64 (default 1)\n"
    "  --memory MIB      guest memory in MiB, 64 to 65536 (default 512)\n"
    "  --max-memory MIB  what --device memory can add to that in the end (default: nothing)\n"
    "  --serial WHERE    where COM1 goes, then COM2, ... (4 at most; default one, stdio):\n"
    "                    stdio, none, control (the guest gives the commands below), or a file or terminal\n"
    "  --device KIND[,KEY=VALUE...]\n"
    "                    a device of a kind below, with the name id=NAME (default: KIND and a number); may be repeated;\n"
    "                    a comma in a value is written as two\n"
    "  --control WHERE   commands and events, a JSON object a line: unix:PATH or pipe:PATH (PATH.in, PATH.out)\n"
    "  --reboots N       start the guest again after a reset, N times at most (default 0)\n"
    "  --stay            when the guest has ended, wait for the command quit\n"
    "  --hostile SEED[,rate=N]\n"
    "                    attack the guest: one packet in N (default 8) and one message in 4 N are wrong; how,\n"
    "                    follows from SEED\n"
    "  --time-limit S    when the guest runs after S seconds still: say where each vCPU is, and end with status 4\n"
    "  --verbose         say what happens on the bus\n"
    "  --kvm FILE        the KVM device (default /dev/kvm)\n"
    "  --help            this text\n"
    "\n"
    "Commands: {\"execute\": NAME, \"arguments\": {...}} with NAME one of\n"
    "  quit, system_reset, inject-nmi\n"
    "  query-stats: exits to this program by reason, and for each device what it counts\n"
    "  query-kvm: what KVM counts for all vCPUs\n"
    "  query-vcpus: of each vCPU whether it runs, and where\n"
    "  hostile-start {\"seed\": N, \"rate\": N}, hostile-stop, hostile-status: for channels that open from then on\n"
    "  bus-limit {\"version\": V}: the newest version of the bus that is accepted when the guest connects the next time\n"
    "  scenario {\"name\": SCENARIO}: what happens to a guest as a whole, below; query-scenarios: the same list, and\n"
    "    whether one is under way (\"busy\")\n"
    "  device_add {\"driver\": KIND, KEY: VALUE...}, device_del {\"id\": NAME}: at any time\n"
    "and KIND-VERB {\"id\": NAME, ...}, below the kinds of devices:\n";

const char kHelpEnd[] =
    "\n"
    "Exit status: 0 the guest powered off or reset; 1 an error of this program or its files; 2 usage;\n"
    "3 the guest died (triple fault, or KVM cannot go on); 4 the time limit has passed.\n"
    "\n"
    "Example:\n"
    "  vmbus-vmm --kernel /vmlinuz --initrd /initrd.img --append console=ttyS0 --cpus 2 \\\n"
    "      --device echo,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21\n";

void print_help() {
    fputs(kHelp, stdout);
    for (const DeviceKind* const kind : device_kinds()) printf("\n  %s\n%s", kind->name(), kind->help());
    printf("\nScenarios, each with where what a host does is documented, or \"assumed\":\n%s", scenario_help().c_str());
    fputs(kHelpEnd, stdout);
}

[[noreturn]] void usage_error(const std::string& text) {
    fprintf(stderr, "vmbus-vmm: %s (see --help)\n", text.c_str());
    exit(2);
}

unsigned long number(const char* option, const char* text, unsigned long low, unsigned long high) {
    char* end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high || text[0] == '-')
        usage_error(std::string("--") + option + " " + text + ": a number from " + std::to_string(low) + " to " +
                    std::to_string(high));
    return value;
}

Json device(const char* text) {
    try {
        return parse_device(text);
    } catch (const Error& error) {
        usage_error(std::string("--device ") + text + ": " + error.what());
    }
}

// Judged here, made of it when a guest starts.
std::string hostile(const char* text) {
    try {
        parse_attack(text);
        return text;
    } catch (const Error& error) {
        usage_error(std::string("--hostile ") + text + ": " + error.what());
    }
}

} // namespace

Options parse_options(int argc, char** argv) {
    enum {
        kKernel = 256,
        kInitrd,
        kDiskBoot,
        kAppend,
        kGeneration,
        kDirectTimers,
        kCpus,
        kMemory,
        kMaxMemory,
        kSerial,
        kDevice,
        kControl,
        kReboots,
        kStay,
        kHostile,
        kTimeLimit,
        kVerbose,
        kKvm,
        kHelpWanted,
    };
    const option known[] = {
        {"kernel", 1, nullptr, kKernel},
        {"initrd", 1, nullptr, kInitrd},
        {"disk-boot", 1, nullptr, kDiskBoot},
        {"append", 1, nullptr, kAppend},
        {"generation", 1, nullptr, kGeneration},
        {"direct-timers", 0, nullptr, kDirectTimers},
        {"cpus", 1, nullptr, kCpus},
        {"memory", 1, nullptr, kMemory},
        {"max-memory", 1, nullptr, kMaxMemory},
        {"serial", 1, nullptr, kSerial},
        {"device", 1, nullptr, kDevice},
        {"control", 1, nullptr, kControl},
        {"reboots", 1, nullptr, kReboots},
        {"stay", 0, nullptr, kStay},
        {"hostile", 1, nullptr, kHostile},
        {"time-limit", 1, nullptr, kTimeLimit},
        {"verbose", 0, nullptr, kVerbose},
        {"kvm", 1, nullptr, kKvm},
        {"help", 0, nullptr, kHelpWanted},
        {nullptr, 0, nullptr, 0},
    };
    Options options;
    opterr = 0;
    for (int name; (name = getopt_long(argc, argv, ":", known, nullptr)) != -1;) {
        switch (name) {
        case kKernel: options.machine.boot.kernel = optarg; break;
        case kInitrd: options.machine.boot.initramfs = optarg; break;
        case kAppend: options.machine.boot.command_line = optarg; break;
        case kDiskBoot: options.machine.boot.disk = optarg; break;
        case kGeneration:
            options.machine.generation = number("generation", optarg, 1, 2) == 1 ? Generation::One : Generation::Two;
            break;
        case kDirectTimers: options.machine.direct_timers = true; break;
        case kTimeLimit: options.time_limit = number("time-limit", optarg, 1, 1000000); break;
        case kCpus: options.machine.cpus = static_cast<unsigned>(number("cpus", optarg, 1, 64)); break;
        case kMemory: options.machine.memory_bytes = number("memory", optarg, 64, 65536) << 20; break;
        case kMaxMemory: options.machine.max_memory_bytes = number("max-memory", optarg, 64, 65536) << 20; break;
        case kSerial: options.serials.push_back(optarg); break;
        case kDevice: options.devices.push_back(device(optarg)); break;
        case kControl: options.control = optarg; break;
        case kReboots: options.reboots = number("reboots", optarg, 0, 1000000); break;
        case kStay: options.stay = true; break;
        case kHostile: options.hostile = hostile(optarg); break;
        case kVerbose: options.verbose = true; break;
        case kKvm: options.machine.kvm = optarg; break;
        case kHelpWanted: print_help(); exit(0);
        case ':': usage_error(std::string(argv[optind - 1]) + " needs a value");
        default: usage_error(std::string("unknown option ") + argv[optind - 1]);
        }
    }
    if (optind < argc) usage_error(std::string("unexpected argument ") + argv[optind]);
    const BootFiles& boot = options.machine.boot;
    if (boot.kernel.empty() && boot.disk.empty()) usage_error("needs --kernel or --disk-boot");
    if (!boot.disk.empty() && !(boot.kernel + boot.initramfs).empty()) usage_error("--disk-boot goes without --kernel and --initrd");
    if (options.machine.max_memory_bytes != 0 && options.machine.max_memory_bytes < options.machine.memory_bytes)
        usage_error("--max-memory is less than --memory");
    if (options.serials.empty()) options.serials.push_back("stdio");
    if (options.serials.size() > kSerialPorts) usage_error("more than 4 serial ports");
    if (options.stay && options.control.empty()) usage_error("--stay needs --control");
    options.machine.serial_ports = static_cast<unsigned>(options.serials.size());
    return options;
}

} // namespace vmm
