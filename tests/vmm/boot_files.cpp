// SPDX-License-Identifier: GPL-2.0-only
#include "boot_files.hpp"

#include <filesystem>
#include <fstream>

#include "boot_menu.hpp"
#include "ext_files.hpp"

namespace vmm {

namespace {

const size_t kArchiveAlignment = 4; // of an initramfs behind another
const char* const kFolders[] = {"/boot", ""}; // of the menu: /boot may be a file system of its own
const char* const kGrubFolders[] = {"/grub", "/grub2"};

std::string read_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) throw Error(path + (error ? ": " + error.message() : ": not a file"));
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw system_error(path);
    const std::streamoff size = file.tellg();
    if (size < 0) throw system_error(path);
    std::string bytes(static_cast<size_t>(size), '\0');
    file.seekg(0);
    if (!file.read(&bytes[0], size)) throw system_error(path);
    return bytes;
}

// The menu of one file system.
class Loader {
public:
    explicit Loader(const ExtFiles& files) : files_(files) {}

    // False: there is none.
    bool find() {
        for (const char* const folder : kFolders) {
            std::string config;
            for (const char* const grub : kGrubFolders) {
                if (config.empty() && files_.exists(std::string(folder) + grub + "/grub.cfg")) config = std::string(folder) + grub + "/grub.cfg";
                if (block_.empty() && files_.exists(std::string(folder) + grub + "/grubenv")) block_ = std::string(folder) + grub + "/grubenv";
            }
            const std::string entries = std::string(folder) + "/loader/entries";
            if (config.empty() && files_.list(entries).empty()) {
                block_.clear();
                continue;
            }
            read(config, entries);
            return true;
        }
        return false;
    }

    const MenuEntry* entry() const { return choose(entries_, chosen_); }

    void forget_once() const {
        if (once_) files_.overwrite(block_, without_variable(files_.read(block_), "next_entry"));
    }

private:
    void read(const std::string& config, const std::string& folder) {
        Variables variables;
        if (!block_.empty()) variables = parse_environment_block(files_.read(block_));
        GrubMenu menu;
        menu.entries_elsewhere = true;
        menu.chosen = variables["saved_entry"];
        if (!config.empty()) menu = parse_grub_menu(files_.read(config), variables);
        entries_ = menu.entries;
        if (menu.entries_elsewhere) {
            std::vector<MenuEntry> more;
            const std::string ending = ".conf";
            for (const std::string& name : files_.list(folder)) {
                if (name.size() <= ending.size() || name.compare(name.size() - ending.size(), ending.size(), ending) != 0) continue;
                more.push_back(parse_loader_entry(name.substr(0, name.size() - ending.size()), files_.read(folder + "/" + name), variables));
            }
            sort_loader_entries(more);
            entries_.insert(entries_.begin(), more.begin(), more.end());
        }
        once_ = !variables["next_entry"].empty();
        chosen_ = once_ ? variables["next_entry"] : menu.chosen;
    }

    const ExtFiles& files_;
    std::string block_; // path of GRUB's environment block
    std::vector<MenuEntry> entries_;
    std::string chosen_;
    bool once_ = false;
};

// GRUB may name a device in front: "(hd0,gpt2)/vmlinuz".
std::string without_device(const std::string& path) {
    const size_t end = path[0] == '(' ? path.find(')') : std::string::npos;
    return end == std::string::npos ? path : path.substr(end + 1);
}

BootImages read_entry(const DiskImage& image, const ExtFiles& files, const MenuEntry& entry) {
    BootImages images;
    images.kernel_name = image.path() + ":" + without_device(entry.kernel);
    images.kernel = files.read(without_device(entry.kernel));
    for (const std::string& name : entry.initramfs) {
        images.initramfs.resize((images.initramfs.size() + kArchiveAlignment - 1) / kArchiveAlignment * kArchiveAlignment, '\0');
        images.initramfs += files.read(without_device(name));
        images.initramfs_name = image.path() + ":" + without_device(name);
    }
    images.command_line = entry.options;
    return images;
}

BootImages read_disk(const std::string& path) {
    const DiskImage image(path);
    bool any = false;
    for (const Partition& partition : image.partitions()) {
        const std::unique_ptr<ExtFiles> files = ExtFiles::open(image, partition);
        if (!files) continue;
        any = true;
        Loader loader(*files);
        if (!loader.find()) continue;
        const MenuEntry* const entry = loader.entry();
        if (!entry) throw Error(path + ": the boot menu has no entry with a kernel");
        const BootImages images = read_entry(image, *files, *entry);
        loader.forget_once();
        return images;
    }
    throw Error(path + (any ? ": no boot menu (grub.cfg or loader/entries in /boot)" : ": no ext2, ext3 or ext4 file system"));
}

} // namespace

BootImages read_boot_files(const BootFiles& files) {
    BootImages images;
    if (!files.disk.empty()) {
        images = read_disk(files.disk);
    } else {
        images.kernel_name = files.kernel;
        images.kernel = read_file(files.kernel);
        images.initramfs_name = files.initramfs;
        if (!files.initramfs.empty()) images.initramfs = read_file(files.initramfs);
    }
    images.command_line += (images.command_line.empty() || files.command_line.empty() ? "" : " ") + files.command_line;
    return images;
}

} // namespace vmm
