// SPDX-License-Identifier: GPL-2.0-only
#include <host/ic/ic_file_copy.hpp>

#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kinds.hpp"
#include "service_device.hpp"

namespace vmm {

namespace {

// CRC-32 as of zlib and crc32(1).
class Checksum {
public:
    void add(const unsigned char* bytes, size_t size) {
        static const Table table;
        for (size_t i = 0; i < size; i++) crc_ = crc_ >> 8 ^ table.entries[(crc_ ^ bytes[i]) & 0xFF];
    }
    std::string text() const {
        char hex[12];
        snprintf(hex, sizeof hex, "%08x", ~crc_);
        return hex;
    }

private:
    struct Table {
        uint32_t entries[256];
        Table() {
            for (uint32_t i = 0; i < 256; i++) {
                uint32_t remainder = i;
                for (int bit = 0; bit < 8; bit++) remainder = remainder >> 1 ^ (remainder & 1 ? 0xEDB88320u : 0);
                entries[i] = remainder;
            }
        }
    };

    uint32_t crc_ = ~uint32_t{0};
};

class Device : public ServiceDevice<host::FileCopyService> {
public:
    using ServiceDevice::ServiceDevice;
    Checksum checksum; // of what was read for the guest
    Fd file;
};

// Bytes that no two places of a file have in common for long.
void fill(unsigned char* to, uint64_t offset, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const uint64_t at = offset + i;
        to[i] = static_cast<unsigned char>((at / 8 * 0x9E3779B97F4A7C15ull) >> (56 - at % 8 * 8));
    }
}

bool read_file(int fd, uint64_t offset, unsigned char* to, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t count = pread(fd, to + done, size - done, static_cast<off_t>(offset + done));
        if (count <= 0) return false;
        done += static_cast<size_t>(count);
    }
    return true;
}

Json send(Device& fcopy, const Json& arguments) {
    check_keys(arguments, {"file", "bytes", "name", "path", "overwrite", "create-path"});
    host::FileCopyJob job;
    Fd file;
    if (arguments.contains("file") == arguments.contains("bytes")) throw Error("needs file or bytes, and not both");
    if (arguments.contains("file")) {
        const std::string from = text_argument(arguments, "file");
        file = Fd(open(from.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat about;
        if (file.get() < 0 || fstat(file.get(), &about) != 0) throw system_error(from);
        if (!S_ISREG(about.st_mode)) throw Error(from + ": not a file");
        job.size = static_cast<uint64_t>(about.st_size);
        job.name = from.substr(from.rfind('/') + 1);
    } else {
        job.size = number_argument(arguments, "bytes", 0, uint64_t{1} << 40);
    }
    job.name = text_argument(arguments, "name", job.name);
    job.path = text_argument(arguments, "path", "/tmp/");
    if (flag_argument(arguments, "overwrite", false)) job.flags |= hyperv::kFileCopyOverwrite;
    if (flag_argument(arguments, "create-path", false)) job.flags |= hyperv::kFileCopyCreatePath;
    const int fd = file.get();
    job.read = [&fcopy, fd](uint64_t offset, void* to, size_t size) {
        unsigned char* const bytes = static_cast<unsigned char*>(to);
        if (fd < 0) fill(bytes, offset, size);
        else if (!read_file(fd, offset, bytes, size)) return false;
        fcopy.checksum.add(bytes, size);
        return true;
    };
    if (fcopy.ready()) {
        const std::string fault = fcopy.fault(job);
        if (!fault.empty()) throw Error(fault);
    }
    fcopy.errand.begin("fcopy-send");
    fcopy.file = std::move(file);
    fcopy.checksum = Checksum();
    const Json details = {{"name", job.name}, {"size", job.size}};
    fcopy.start(std::move(job), [&fcopy, details] {
        Json result = details;
        result["copied"] = fcopy.copied();
        result["crc32"] = fcopy.checksum.text();
        if (!fcopy.reason().empty()) result["reason"] = fcopy.reason();
        fcopy.file = Fd();
        fcopy.errand.end(host::file_copy_state_text(fcopy.copy_state()), result);
    });
    return Json::object();
}

class FileCopyKind : public DeviceKind {
public:
    const char* name() const override { return "fcopy"; }
    const char* help() const override {
        return VMM_SERVICE_HELP
            "    fcopy-send file=FILE, name=NAME, path=/tmp/, overwrite=on, create-path=on   copies a file into the guest\n"
            "    fcopy-send bytes=N, name=NAME, ...   the same with so many bytes made up\n"
            "    fcopy-cancel      ends it\n"
            "    fcopy-status      how far it is, in the end the CRC-32 of what was sent. Event FCOPY at its end\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_service_keys(arguments, {});
        return std::make_shared<Device>(surroundings, arguments);
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("fcopy-send", [](host::Device& device, const Json& arguments) { return send(static_cast<Device&>(device), arguments); });
        commands.add("fcopy-cancel", [](host::Device& device, const Json&) {
            static_cast<Device&>(device).cancel();
            return Json::object();
        });
        commands.add("fcopy-status", [](host::Device& device, const Json&) {
            const Device& fcopy = static_cast<Device&>(device);
            Json status = fcopy.errand.status();
            status["copied"] = fcopy.copied();
            status["copy"] = host::file_copy_state_text(fcopy.copy_state());
            return status;
        });
    }
};

} // namespace

DeviceKind* fcopy_kind() {
    static FileCopyKind kind;
    return &kind;
}

} // namespace vmm
