// SPDX-License-Identifier: GPL-2.0-only
// Kernel, initramfs and entry out of disk images that mke2fs has made: on bare disks, in partitions of an MBR and
// of a GPT, with a folder /boot and with a file system for it.
#include <vmm/boot_files.hpp>
#include <vmm/ext_files.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
using vmm::BootFiles;
using vmm::BootImages;
using vmm::read_boot_files;

const uint64_t kMiB = 1 << 20;

class DiskBoot : public testing::Test {
protected:
    DiskBoot() {
        char name[] = "/tmp/disk-boot-XXXXXX";
        if (!mkdtemp(name)) abort();
        folder_ = name;
        root_ = folder_ / "root";
        disk_ = folder_ / "disk";
    }
    ~DiskBoot() override { fs::remove_all(folder_); }

    void put(const std::string& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path, std::ios::binary) << text;
    }
    // A file system of the folder's files at that offset of the disk.
    void make(const std::string& type = "ext4", uint64_t offset = 0) {
        const std::string command = "truncate -s 48M " + disk_.string() + " && PATH=$PATH:/sbin:/usr/sbin mke2fs -q -F -t " + type +
                                    " -E offset=" + std::to_string(offset) + " -d " + root_.string() + " " + disk_.string() + " 16M";
        ASSERT_EQ(0, system(command.c_str())) << command;
    }
    void write_at(uint64_t offset, const std::string& bytes) {
        std::fstream file(disk_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file << bytes;
    }
    static std::string le(uint64_t value, size_t size) {
        std::string bytes;
        for (size_t i = 0; i < size; i++) bytes.push_back(static_cast<char>(value >> (8 * i)));
        return bytes;
    }
    BootImages read(const std::string& more = "") {
        BootFiles files;
        files.disk = disk_.string();
        files.command_line = more;
        return read_boot_files(files);
    }
    std::string error() {
        try {
            read();
        } catch (const vmm::Error& error) {
            return error.what();
        }
        return "";
    }
    void put_grub(const std::string& prefix) {
        put(prefix + "vmlinuz-1", "one");
        put(prefix + "vmlinuz-2", std::string(300000, '2'));
        put(prefix + "initrd-2", "initrd");
        put(prefix + "early-2", "early");
        put(prefix + "grub/grub.cfg", "set default=\"${saved_entry}\"\n"
                                      "menuentry first --id a {\n linux /" + prefix + "vmlinuz-1 root=/dev/sda1\n}\n"
                                      "menuentry second --id b {\n linux /" + prefix + "vmlinuz-2 ro\n initrd /" + prefix +
                                      "early-2 /" + prefix + "initrd-2\n}\n");
        std::string block = "# GRUB Environment Block\nsaved_entry=b\nnext_entry=a\n";
        block.resize(1024, '#');
        put(prefix + "grub/grubenv", block);
    }
    void expect_second() {
        const BootImages images = read("console=ttyS0");
        EXPECT_EQ(std::string(300000, '2'), images.kernel);
        EXPECT_EQ(std::string("early\0\0\0initrd", 14), images.initramfs);
        EXPECT_EQ("ro console=ttyS0", images.command_line);
    }

    fs::path folder_, root_, disk_;
};

TEST_F(DiskBoot, EntryAskedForOnceIsTakenOnce) {
    for (const char* const type : {"ext2", "ext3", "ext4"}) {
        fs::remove(disk_);
        put_grub("boot/");
        make(type);
        const BootImages once = read();
        EXPECT_EQ("one", once.kernel) << type;
        EXPECT_EQ("", once.initramfs);
        EXPECT_EQ("root=/dev/sda1", once.command_line);
        expect_second();
        expect_second();
        EXPECT_EQ(0, system(("PATH=$PATH:/sbin:/usr/sbin e2fsck -fn " + disk_.string() + " >/dev/null 2>&1").c_str())) << type;
    }
}

TEST_F(DiskBoot, MbrPartition) {
    put_grub("boot/");
    make("ext4", 2 * kMiB);
    write_at(446 + 16, std::string("\0\0\0\0\x83\0\0\0", 8) + le(2 * kMiB / 512, 4) + le(16 * kMiB / 512, 4));
    write_at(510, "\x55\xAA");
    EXPECT_EQ("one", read().kernel);
    expect_second();
}

TEST_F(DiskBoot, LogicalPartition) {
    put_grub("boot/");
    make("ext4", 3 * kMiB);
    write_at(446, std::string("\0\0\0\0\x05\0\0\0", 8) + le(2 * kMiB / 512, 4) + le(20 * kMiB / 512, 4));
    write_at(510, "\x55\xAA");
    write_at(2 * kMiB + 446, std::string("\0\0\0\0\x83\0\0\0", 8) + le(kMiB / 512, 4) + le(16 * kMiB / 512, 4));
    write_at(2 * kMiB + 510, "\x55\xAA");
    EXPECT_EQ("one", read().kernel);
    expect_second();
}

// A file system for /boot: paths in the menu are below it.
TEST_F(DiskBoot, GptWithBootPartition) {
    put_grub("");
    make("ext2", 4 * kMiB);
    write_at(510, "\x55\xAA");
    write_at(512, "EFI PART");
    write_at(512 + 72, le(2, 8) + le(4, 4) + le(128, 4));
    // An unused entry, one that reaches behind the disk, one with something else, the right one.
    write_at(1024 + 128, std::string(32, 'x') + le(1, 8) + le(1ull << 50, 8));
    write_at(1024 + 256, std::string(32, 'x') + le(100, 8) + le(200, 8));
    write_at(1024 + 384, std::string(32, 'x') + le(4 * kMiB / 512, 8) + le(20 * kMiB / 512 - 1, 8));
    EXPECT_EQ("one", read().kernel);
    expect_second();
}

TEST_F(DiskBoot, LoaderEntries) {
    put("boot/loader/entries/x-5.9.conf", "title old\nlinux /boot/vmlinuz-old\noptions old\n");
    put("boot/loader/entries/x-5.10.conf", "title new\nlinux /boot/vmlinuz-new\noptions new\n");
    put("boot/loader/entries/README", "linux nothing\n");
    put("boot/vmlinuz-old", "old");
    put("boot/vmlinuz-real", "new");
    fs::create_symlink("vmlinuz-real", root_ / "boot/vmlinuz-new");
    make();
    EXPECT_EQ("new", read().kernel);
    std::string block = "# GRUB Environment Block\nsaved_entry=x-5.9\n";
    block.resize(1024, '#');
    put("boot/grub2/grubenv", block);
    put("boot/grub2/grub.cfg", "set default=\"${saved_entry}\"\nblscfg\n");
    fs::remove(disk_);
    make();
    EXPECT_EQ("old", read().kernel);
    EXPECT_EQ("old", read().command_line);
}

TEST_F(DiskBoot, WhatIsMissingIsNamed) {
    const std::string disk = disk_.string();
    EXPECT_EQ(disk + ": No such file or directory", error());
    put("etc/fstab", "");
    make();
    EXPECT_EQ(disk + ": no boot menu (grub.cfg or loader/entries in /boot)", error());
    fs::remove(disk_);
    put("boot/grub/grub.cfg", "menuentry x {\n linux /boot/vmlinuz\n}\n");
    make();
    EXPECT_EQ(disk + ":/boot/vmlinuz: no such file", error());
    fs::remove(disk_);
    put("boot/grub/grub.cfg", "menuentry x {\n}\n");
    make();
    EXPECT_EQ(disk + ": the boot menu has no entry with a kernel", error());
    fs::resize_file(disk_, 100);
    EXPECT_EQ(disk + ": no ext2, ext3 or ext4 file system", error());
    fs::remove(disk_);
    fs::create_directory(disk_);
    EXPECT_EQ(disk + ": not a disk image", error());
}

TEST_F(DiskBoot, PlainFiles) {
    put("kernel", "k");
    BootFiles files;
    files.kernel = (root_ / "kernel").string();
    files.command_line = "quiet";
    EXPECT_EQ("k", read_boot_files(files).kernel);
    EXPECT_EQ("quiet", read_boot_files(files).command_line);
    files.initramfs = (root_ / "none").string();
    EXPECT_THROW(read_boot_files(files), vmm::Error);
}

} // namespace
