// SPDX-License-Identifier: GPL-2.0-only
#include <cerrno>

#include <fcntl.h>
#include <host/storage/disk_unit.hpp>
#include <host/storage/dvd_unit.hpp>
#include <host/storage/storage_device.hpp>
#include <unistd.h>

#include "kinds.hpp"

namespace vmm {

namespace {

using host::DiskUnit;
using host::DvdUnit;
using host::StorageDevice;
using host::StorageKind;
using host::StorageOptions;

const uint64_t kMib = 1 << 20;
const uint64_t kMostMib = 1 << 20;
const uint64_t kLastLun = 255;
const std::vector<std::string> kUnitKeys = {"lun", "file", "create", "memory", "dvd", "read-only", "block", "physical", "serial"};

// A file that is there keeps its size and its bytes.
void create_file(const std::string& path, uint64_t bytes) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) return;
    Fd file(fd);
    if (fd < 0 || ftruncate(fd, static_cast<off_t>(bytes)) != 0) throw system_error(path);
}

std::shared_ptr<host::StorageBackend> open_file(const std::string& path, bool read_only) {
    std::string error;
    std::shared_ptr<host::StorageBackend> backend = host::open_file_backend(path, read_only, &error);
    if (!backend) throw Error(error);
    return backend;
}

// Null: neither a file nor memory is named.
std::shared_ptr<host::StorageBackend> open_backend(const Json& arguments, bool read_only) {
    if (arguments.contains("file") && arguments.contains("memory")) throw Error("file and memory exclude each other");
    if (arguments.contains("file")) {
        const std::string path = text_argument(arguments, "file");
        if (arguments.contains("create")) create_file(path, number_argument(arguments, "create", 1, kMostMib) * kMib);
        return open_file(path, read_only);
    }
    if (!arguments.contains("memory")) return nullptr;
    std::shared_ptr<host::StorageBackend> backend = host::make_memory_backend(number_argument(arguments, "memory", 1, kMostMib) * kMib);
    if (!backend) throw Error("memory: the host has not that much");
    return backend;
}

// Two units never share a name, and a unit keeps its own over restarts.
host::UnitIdentity identity(const hyperv::Guid& instance, uint64_t lun, const char* product, const Json& arguments) {
    host::UnitIdentity made;
    made.product = product;
    const char kHex[] = "0123456789abcdef";
    for (const unsigned char byte : instance.bytes) {
        made.name = (made.name ^ byte) * 0x100000001B3;
        made.serial += {kHex[byte >> 4], kHex[byte & 15]};
    }
    made.name = made.name << 8 | lun;
    made.serial = text_argument(arguments, "serial", made.serial + "-" + std::to_string(lun));
    return made;
}

uint32_t block_bytes(const Json& arguments, const char* key, uint32_t fallback) {
    const uint64_t bytes = number_argument(arguments, key, 512, 4096, fallback);
    if (bytes != 512 && bytes != 4096) throw Error(std::string(key) + ": 512 or 4096 is expected");
    return static_cast<uint32_t>(bytes);
}

std::shared_ptr<host::LogicalUnit> make_unit(const Json& arguments, const hyperv::Guid& instance, uint64_t lun) {
    const bool dvd = flag_argument(arguments, "dvd", false);
    const bool read_only = flag_argument(arguments, "read-only", dvd);
    std::shared_ptr<host::StorageBackend> backend = open_backend(arguments, read_only);
    if (dvd) return std::make_shared<DvdUnit>(std::move(backend), identity(instance, lun, "Virtual DVD-ROM", arguments));
    if (!backend) throw Error("needs file or memory, or dvd=on");
    host::DiskOptions options;
    options.block_bytes = block_bytes(arguments, "block", 512);
    options.physical_bytes = block_bytes(arguments, "physical", 4096);
    options.read_only = read_only;
    options.identity = identity(instance, lun, "Virtual Disk", arguments);
    if (options.physical_bytes < options.block_bytes) throw Error("physical: less than block");
    if (backend->bytes() < options.block_bytes) throw Error("the disk has not one block");
    return std::make_shared<DiskUnit>(std::move(backend), options);
}

StorageKind kind_argument(const Json& arguments) {
    const std::string text = text_argument(arguments, "type", "scsi");
    if (text == "scsi") return StorageKind::Scsi;
    if (text == "ide") return StorageKind::Ide;
    if (text == "fc") return StorageKind::FibreChannel;
    throw Error("type: " + text + " is none of scsi, ide and fc");
}

uint16_t version_argument(const std::string& text) {
    const size_t dot = text.find('.');
    if (text == "2.0" || text == "4.2" || text == "5.1" || text == "6.0" || text == "6.2")
        return static_cast<uint16_t>((text[0] - '0') << 8 | (text[dot + 1] - '0'));
    throw Error("version: " + text + " is none of 2.0, 4.2, 5.1, 6.0 and 6.2");
}

// ---- commands ----

StorageDevice& storage(host::Device& device) { return static_cast<StorageDevice&>(device); }

uint8_t lun_argument(const Json& arguments) { return static_cast<uint8_t>(number_argument(arguments, "lun", 0, kLastLun, 0)); }

host::LogicalUnit& unit_of(StorageDevice& device, const Json& arguments) {
    const uint8_t lun = lun_argument(arguments);
    host::LogicalUnit* const unit = device.units().find(device.address_of(lun));
    if (!unit) throw Error("there is no LUN " + std::to_string(lun));
    return *unit;
}

DiskUnit& disk_of(StorageDevice& device, const Json& arguments) {
    host::LogicalUnit& unit = unit_of(device, arguments);
    if (unit.type() != hyperv::kTypeDisk) throw Error("that LUN is no disk");
    return static_cast<DiskUnit&>(unit);
}

DvdUnit& dvd_of(StorageDevice& device, const Json& arguments) {
    host::LogicalUnit& unit = unit_of(device, arguments);
    if (unit.type() != hyperv::kTypeDvd) throw Error("that LUN is no DVD drive");
    return static_cast<DvdUnit&>(unit);
}

Json add_lun(host::Device& device, const Json& arguments) {
    check_keys(arguments, kUnitKeys);
    StorageDevice& controller = storage(device);
    const uint8_t lun = lun_argument(arguments);
    if (controller.options().kind == StorageKind::Ide && lun != 0) throw Error("an IDE controller has only LUN 0");
    if (controller.units().find(controller.address_of(lun))) throw Error("LUN " + std::to_string(lun) + " is there already");
    controller.add_unit(controller.address_of(lun), make_unit(arguments, controller.options().instance, lun));
    return Json::object();
}

Json remove_lun(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"lun"});
    unit_of(storage(device), arguments);
    storage(device).remove_unit(storage(device).address_of(lun_argument(arguments)));
    return Json::object();
}

Json resize(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"lun", "mib"});
    if (!disk_of(storage(device), arguments).resize(number_argument(arguments, "mib", 1, kMostMib) * kMib))
        throw Error("that disk cannot have that size");
    return Json::object();
}

// What is not named is normal again.
Json behave(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"lun", "delay-ms", "never", "bad-block", "bad-count"});
    host::LogicalUnit& unit = unit_of(storage(device), arguments);
    host::UnitBehaviour behaviour;
    behaviour.delay_ns = number_argument(arguments, "delay-ms", 0, 600000, 0) * 1000000;
    behaviour.never_answers = flag_argument(arguments, "never", false);
    behaviour.bad_block = number_argument(arguments, "bad-block", 0, UINT64_MAX, 0);
    behaviour.bad_count = number_argument(arguments, "bad-count", 0, UINT32_MAX, arguments.contains("bad-block") ? 1 : 0);
    unit.behaviour = behaviour;
    storage(device).behaviour_changed(unit);
    return Json::object();
}

Json channels(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"channels"});
    if (!storage(device).set_channels(static_cast<uint16_t>(number_argument(arguments, "channels", 1, 64))))
        throw Error("that controller cannot have so many channels now");
    return Json::object();
}

Json insert(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"lun", "file", "memory"});
    DvdUnit& drive = dvd_of(storage(device), arguments);
    std::shared_ptr<host::StorageBackend> medium = open_backend(arguments, true);
    if (!medium) throw Error("needs file or memory");
    drive.insert(std::move(medium));
    return Json::object();
}

Json eject(host::Device& device, const Json& arguments) {
    check_keys(arguments, {"lun"});
    dvd_of(storage(device), arguments).eject();
    return Json::object();
}

Json status(host::Device& device, const Json& arguments) {
    check_keys(arguments, {});
    const StorageDevice& controller = storage(device);
    Json luns = Json::array();
    for (const auto& each : controller.units().units()) {
        Json lun = {{"lun", each.first.lun}};
        if (each.second->type() == hyperv::kTypeDisk) {
            const DiskUnit& disk = static_cast<const DiskUnit&>(*each.second);
            lun.update({{"blocks", disk.blocks()}, {"block-bytes", disk.block_bytes()}, {"read-only", disk.read_only()}});
        } else {
            const DvdUnit& drive = static_cast<const DvdUnit&>(*each.second);
            lun.update({{"loaded", drive.loaded()}, {"locked", drive.locked()}});
        }
        luns.push_back(lun);
    }
    return Json{{"ready", controller.ready()}, {"version", controller.version()}, {"luns", luns}};
}

class StorageKindOfDevice : public DeviceKind {
public:
    const char* name() const override { return "storage"; }
    const char* help() const override {
        return "    a storage controller with, where file, memory or dvd is named, one unit to start with\n"
               "    type=TYPE       scsi (default), ide or fc\n"
               "    channels=N      the primary one and N-1 sub-channels, 1 to 64 (default 1)\n"
               "    version=V       2.0, 4.2, 5.1, 6.0 or 6.2, may be repeated: the only ones that it speaks (default: all)\n"
               "    transfer=KIB    the most in one request, 4 to 4096 (default 256)\n"
               "    ide-path=N, ide-target=N  0 or 1: where the IDE device is (default 0)\n"
               "    file=PATH       the disk's bytes, or the DVD's; create=MIB: made with that size if it is not there\n"
               "    memory=MIB      in memory instead, zeros at each start of the guest\n"
               "    lun=N           0 to 255 (default 0)\n"
               "    dvd=on          a DVD drive; without file it is empty\n"
               "    read-only=on, block=512|4096, physical=512|4096 (default 4096), serial=TEXT\n"
               "    storage-add-lun {\"lun\": N, the unit's keys}, storage-remove-lun {\"lun\": N}: the guest is told\n"
               "    storage-resize {\"lun\": N, \"mib\": N}: the guest learns of it with its next command\n"
               "    storage-behave {\"lun\": N, \"delay-ms\": N, \"never\": on|off, \"bad-block\": N, \"bad-count\": N}: how it\n"
               "                    deals with what touches the medium; what is not named is normal again, and\n"
               "                    requests that were never answered are then\n"
               "    storage-channels {\"channels\": N}: sub-channels are rescinded or offered until there are so many\n"
               "    storage-insert {\"lun\": N, \"file\": PATH}, storage-eject {\"lun\": N}: the DVD\n"
               "    storage-status: protocol version, units and their sizes\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        std::vector<std::string> keys = {"type", "channels", "version", "transfer", "ide-path", "ide-target"};
        keys.insert(keys.end(), kUnitKeys.begin(), kUnitKeys.end());
        check_keys(arguments, keys);
        StorageOptions options;
        options.kind = kind_argument(arguments);
        options.instance = surroundings.instance;
        options.channels = static_cast<uint16_t>(number_argument(arguments, "channels", 1, 64, 1));
        options.max_transfer_bytes = static_cast<uint32_t>(number_argument(arguments, "transfer", 4, 4096, 256) * 1024);
        for (const std::string& version : text_arguments(arguments, "version")) options.versions.insert(version_argument(version));
        options.ide_path = static_cast<uint8_t>(number_argument(arguments, "ide-path", 0, 1, 0));
        options.ide_target = static_cast<uint8_t>(number_argument(arguments, "ide-target", 0, 1, 0));
        const auto device = std::make_shared<StorageDevice>(surroundings.platform, surroundings.bus, options);
        if (arguments.contains("file") || arguments.contains("memory") || arguments.contains("dvd")) {
            const uint8_t lun = lun_argument(arguments);
            if (options.kind == StorageKind::Ide && lun != 0) throw Error("lun: an IDE controller has only LUN 0");
            device->add_unit(device->address_of(lun), make_unit(arguments, options.instance, lun));
        }
        return device;
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("storage-add-lun", add_lun);
        commands.add("storage-remove-lun", remove_lun);
        commands.add("storage-resize", resize);
        commands.add("storage-behave", behave);
        commands.add("storage-channels", channels);
        commands.add("storage-insert", insert);
        commands.add("storage-eject", eject);
        commands.add("storage-status", status);
    }
};

} // namespace

DeviceKind* storage_kind() {
    static StorageKindOfDevice kind;
    return &kind;
}

} // namespace vmm
