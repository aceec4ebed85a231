// SPDX-License-Identifier: GPL-2.0-only
// What a boot loader's menu offers and which entry it takes: GRUB's grub.cfg as grub-mkconfig writes it, entries of
// the Boot Loader Specification, and GRUB's environment block.
#ifndef VMM_BOOT_MENU_HPP
#define VMM_BOOT_MENU_HPP

#include <map>
#include <string>
#include <vector>

namespace vmm {

typedef std::map<std::string, std::string> Variables;

struct MenuEntry {
    std::string title;
    std::string id;
    std::string kernel; // empty: a submenu, or nothing that can be booted here
    std::vector<std::string> initramfs;
    std::string options;
    std::vector<MenuEntry> submenu;
};

struct GrubMenu {
    std::vector<MenuEntry> entries;
    std::string chosen;          // what it takes when nothing is asked for once; may be empty
    bool entries_elsewhere = false; // the command blscfg
};

// variables: those of the environment block; the menu may set more.
GrubMenu parse_grub_menu(const std::string& text, Variables variables);

// One file of loader/entries, named without .conf.
MenuEntry parse_loader_entry(const std::string& name, const std::string& text, const Variables& variables);
// Newest first, as GRUB and systemd-boot show them.
void sort_loader_entries(std::vector<MenuEntry>& entries);

Variables parse_environment_block(const std::string& bytes);
// The block without that variable; of the same size.
std::string without_variable(const std::string& bytes, const std::string& name);

// chosen: a number, a title or an id, with > between those of submenus. An empty or unknown choice means the first
// entry. Null: there is nothing to boot.
const MenuEntry* choose(const std::vector<MenuEntry>& entries, const std::string& chosen);

} // namespace vmm

#endif
