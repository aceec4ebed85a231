// SPDX-License-Identifier: GPL-2.0-only
// GRUB's menu, entries of the Boot Loader Specification, and which of them is taken.
#include <vmm/boot_menu.hpp>

#include <gtest/gtest.h>

namespace {

using vmm::choose;
using vmm::GrubMenu;
using vmm::MenuEntry;
using vmm::parse_environment_block;
using vmm::parse_grub_menu;
using vmm::parse_loader_entry;
using vmm::without_variable;

const char kMenu[] = R"(
set pager=1
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
  fi
}
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-1' {
	load_video
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	echo	'Loading Linux ...'
	linux	/boot/vmlinuz-2 root=UUID=1 ro  quiet "two words" $tuning
	initrd	/boot/early.cpio /boot/initrd.img-2
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-1' {
	menuentry 'Linux 2' --class debian $menuentry_id_option 'gnulinux-2-advanced-1' {
		linux	/boot/vmlinuz-2 root=UUID=1 ro
	}
	menuentry 'Linux 1 > old' --class debian $menuentry_id_option 'gnulinux-1-advanced-1' {
		linux	/boot/vmlinuz-1 root=UUID=1 ro single
		initrd	/boot/initrd.img-1
	}
}
menuentry 'Memory test' {
	chainloader /memtest.efi
}
)";

TEST(BootMenu, GrubEntries) {
    const GrubMenu menu = parse_grub_menu(kMenu, {{"tuning", "audit=0"}});
    ASSERT_EQ(3u, menu.entries.size());
    EXPECT_EQ("", menu.chosen);
    EXPECT_FALSE(menu.entries_elsewhere);
    const MenuEntry& first = menu.entries[0];
    EXPECT_EQ("Debian GNU/Linux", first.title);
    EXPECT_EQ("gnulinux-simple-1", first.id);
    EXPECT_EQ("/boot/vmlinuz-2", first.kernel);
    EXPECT_EQ("root=UUID=1 ro quiet two words audit=0", first.options);
    EXPECT_EQ((std::vector<std::string>{"/boot/early.cpio", "/boot/initrd.img-2"}), first.initramfs);
    ASSERT_EQ(2u, menu.entries[1].submenu.size());
    EXPECT_EQ("root=UUID=1 ro single", menu.entries[1].submenu[1].options);
    EXPECT_EQ("", menu.entries[2].kernel);
}

TEST(BootMenu, SavedEntryIsTheDefault) {
    EXPECT_EQ("1>1", parse_grub_menu(kMenu, {{"saved_entry", "1>1"}}).chosen);
    EXPECT_EQ("0", parse_grub_menu("set default=\"0\"\n", {{"saved_entry", "1>1"}}).chosen);
}

TEST(BootMenu, ChoosesByNumberTitleAndId) {
    const GrubMenu menu = parse_grub_menu(kMenu, {});
    const auto options = [&menu](const char* chosen) { return choose(menu.entries, chosen)->kernel + " " + choose(menu.entries, chosen)->options; };
    const std::string old = "/boot/vmlinuz-1 root=UUID=1 ro single", first = "/boot/vmlinuz-2 root=UUID=1 ro quiet two words ";
    EXPECT_EQ(old, options("1>1"));
    EXPECT_EQ(old, options("gnulinux-advanced-1>gnulinux-1-advanced-1"));
    EXPECT_EQ(old, options("Advanced options>Linux 1 > old"));
    EXPECT_EQ("/boot/vmlinuz-2 root=UUID=1 ro", options("1"));
    EXPECT_EQ(options(""), options("0"));
    // What cannot be booted, or is not there: the first.
    for (const char* const chosen : {"2", "7", "nothing", "1>9", "99999999999"}) EXPECT_EQ(options(""), options(chosen)) << chosen;
    EXPECT_EQ(0u, options("").find(first.substr(0, first.size() - 1)));
    EXPECT_EQ(nullptr, choose({}, "0"));
}

TEST(BootMenu, UnendingAndUnfinishedText) {
    EXPECT_EQ(0u, parse_grub_menu("menuentry 'x' {\nlinux /a\n", {}).entries.size());
    EXPECT_EQ(0u, parse_grub_menu("}\n}\n${\n$\n'\n\"\n\\", {}).entries.size());
}

TEST(BootMenu, LoaderEntries) {
    const MenuEntry entry = parse_loader_entry("a-6.1", "title   Fedora (6.1)\nversion 6.1\nlinux /vmlinuz-6.1\ninitrd /initramfs-6.1 /more\n"
                                               "options root=/dev/sda1 $kernelopts\noptions ro\n# options no\n",
                                               {{"kernelopts", "quiet"}});
    EXPECT_EQ("Fedora (6.1)", entry.title);
    EXPECT_EQ("a-6.1", entry.id);
    EXPECT_EQ("/vmlinuz-6.1", entry.kernel);
    EXPECT_EQ("root=/dev/sda1 quiet ro", entry.options);
    EXPECT_EQ(2u, entry.initramfs.size());
}

TEST(BootMenu, NewestLoaderEntryFirst) {
    std::vector<MenuEntry> entries(3);
    entries[0].id = "a-5.9.1";
    entries[1].id = "a-5.14.0-70";
    entries[2].id = "a-5.14.0-427";
    sort_loader_entries(entries);
    EXPECT_EQ("a-5.14.0-427", entries[0].id);
    EXPECT_EQ("a-5.9.1", entries[2].id);
}

TEST(BootMenu, EnvironmentBlock) {
    std::string block = "# GRUB Environment Block\nsaved_entry=1>1\nnext_entry=2\nempty=\n";
    block.resize(1024, '#');
    EXPECT_EQ("1>1", parse_environment_block(block)["saved_entry"]);
    EXPECT_EQ("2", parse_environment_block(block)["next_entry"]);
    const std::string without = without_variable(block, "next_entry");
    EXPECT_EQ(1024u, without.size());
    EXPECT_EQ(0u, parse_environment_block(without).count("next_entry"));
    EXPECT_EQ("1>1", parse_environment_block(without)["saved_entry"]);
    EXPECT_EQ(without, without_variable(without, "next_entry"));
}

} // namespace
