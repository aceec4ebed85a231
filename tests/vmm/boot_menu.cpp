// SPDX-License-Identifier: GPL-2.0-only
#include "boot_menu.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace vmm {

namespace {

const char kBlockHead[] = "# GRUB Environment Block\n";

bool is_name(char each) { return isalnum(static_cast<unsigned char>(each)) || each == '_'; }

// Replaces $name and ${name}; unknown ones by nothing.
std::string expand(const std::string& text, size_t& at, const Variables& variables) {
    size_t begin = at + 1, end;
    const bool braces = begin < text.size() && text[begin] == '{';
    if (braces) begin++;
    for (end = begin; end < text.size() && is_name(text[end]);) end++;
    if (end == begin) return "$";
    at = braces && end < text.size() && text[end] == '}' ? end : end - 1;
    const auto found = variables.find(text.substr(begin, end - begin));
    return found == variables.end() ? "" : found->second;
}

std::string expand_all(const std::string& text, const Variables& variables) {
    std::string result;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '$') result += expand(text, i, variables);
        else result.push_back(text[i]);
    }
    return result;
}

// The words of one line of a GRUB script, as its shell makes them.
std::vector<std::string> words_of(const std::string& line, const Variables& variables) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (size_t i = 0; i < line.size(); i++) {
        const char each = line[i];
        if (quote == '\'') {
            if (each == quote) quote = 0;
            else word.push_back(each);
        } else if (each == '\\' && i + 1 < line.size()) {
            word.push_back(line[++i]);
            in_word = true;
        } else if (each == '$') {
            word += expand(line, i, variables);
            in_word = true;
        } else if (quote) {
            if (each == quote) quote = 0;
            else word.push_back(each);
        } else if (each == '\'' || each == '"') {
            quote = each;
            in_word = true;
        } else if (isspace(static_cast<unsigned char>(each)) || each == ';') {
            if (in_word) words.push_back(word);
            word.clear();
            in_word = false;
        } else if (each == '#' && !in_word) {
            break;
        } else {
            word.push_back(each);
            in_word = true;
        }
    }
    if (in_word) words.push_back(word);
    return words;
}

std::string join(const std::vector<std::string>& words, size_t from) {
    std::string text;
    for (size_t i = from; i < words.size(); i++) text += (text.empty() ? "" : " ") + words[i];
    return text;
}

MenuEntry entry_of(const std::vector<std::string>& words) {
    MenuEntry entry;
    if (words.size() > 1) entry.title = words[1];
    for (size_t i = 2; i + 1 < words.size(); i++)
        if (words[i] == "--id" || words[i] == "$menuentry_id_option") entry.id = words[i + 1];
    return entry;
}

// Compares as versions: numbers by their value.
int compare_versions(const std::string& a, const std::string& b) {
    size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (isdigit(static_cast<unsigned char>(a[i])) && isdigit(static_cast<unsigned char>(b[j]))) {
            const auto number = [](const std::string& text, size_t& at) {
                while (at < text.size() && text[at] == '0') at++;
                const size_t begin = at;
                while (at < text.size() && isdigit(static_cast<unsigned char>(text[at]))) at++;
                return text.substr(begin, at - begin);
            };
            const std::string first = number(a, i), second = number(b, j);
            if (first.size() != second.size()) return first.size() < second.size() ? -1 : 1;
            if (first != second) return first < second ? -1 : 1;
        } else if (a[i] != b[j]) {
            return a[i] < b[j] ? -1 : 1;
        } else {
            i++, j++;
        }
    }
    return (i < a.size()) - (j < b.size());
}

const MenuEntry* first_bootable(const std::vector<MenuEntry>& entries) {
    for (const MenuEntry& entry : entries) {
        if (!entry.kernel.empty()) return &entry;
        if (const MenuEntry* const inner = first_bootable(entry.submenu)) return inner;
    }
    return nullptr;
}

const MenuEntry* find(const std::vector<MenuEntry>& entries, const std::string& chosen) {
    // A title may hold the separator itself.
    for (const MenuEntry& entry : entries)
        if (entry.title == chosen || entry.id == chosen) return &entry;
    const size_t split = chosen.find('>');
    const std::string head = chosen.substr(0, split);
    const MenuEntry* found = nullptr;
    for (const MenuEntry& entry : entries)
        if (!found && (entry.title == head || entry.id == head)) found = &entry;
    const bool digits = !head.empty() && head.size() < 6 &&
                        std::all_of(head.begin(), head.end(), [](unsigned char each) { return isdigit(each); });
    if (!found && digits && std::stoul(head) < entries.size()) found = &entries[std::stoul(head)];
    if (!found || split == std::string::npos) return found;
    return find(found->submenu, chosen.substr(split + 1));
}

} // namespace

GrubMenu parse_grub_menu(const std::string& text, Variables variables) {
    GrubMenu menu;
    // Stands for itself: the option's name is set by GRUB.
    variables["menuentry_id_option"] = "--id";
    MenuEntry root;
    std::vector<MenuEntry> open = {root}; // innermost last; copied into its parent when it closes
    std::vector<bool> block_is_entry;
    std::istringstream lines(text);
    for (std::string line; getline(lines, line);) {
        std::vector<std::string> words = words_of(line, variables);
        if (words.empty()) continue;
        const std::string command = words[0];
        if (command == "menuentry" || command == "submenu") {
            open.push_back(entry_of(words));
            block_is_entry.push_back(true);
        } else if (command == "}") {
            if (block_is_entry.empty()) continue;
            if (block_is_entry.back()) {
                const MenuEntry closed = open.back();
                open.pop_back();
                (open.size() == 1 ? menu.entries : open.back().submenu).push_back(closed);
            }
            block_is_entry.pop_back();
        } else if (words.back() == "{") {
            block_is_entry.push_back(false);
        } else if (command == "blscfg") {
            menu.entries_elsewhere = true;
        } else if (command == "set" && words.size() == 2 && block_is_entry.empty()) {
            const size_t equals = words[1].find('=');
            if (equals == std::string::npos) continue;
            // What is asked for once is read from the environment block by itself.
            if (words[1].substr(0, equals) == "default" && line.find("next_entry") == std::string::npos && menu.chosen.empty())
                menu.chosen = words[1].substr(equals + 1);
            else if (words[1].substr(0, equals) != "saved_entry")
                variables[words[1].substr(0, equals)] = words[1].substr(equals + 1);
        } else if (open.size() > 1 && words.size() > 1 && command.compare(0, 5, "linux") == 0) {
            open.back().kernel = words[1];
            open.back().options = join(words, 2);
        } else if (open.size() > 1 && words.size() > 1 && command.compare(0, 6, "initrd") == 0) {
            open.back().initramfs.assign(words.begin() + 1, words.end());
        }
    }
    return menu;
}

MenuEntry parse_loader_entry(const std::string& name, const std::string& text, const Variables& variables) {
    MenuEntry entry;
    entry.id = name;
    std::istringstream lines(text);
    for (std::string line; getline(lines, line);) {
        std::istringstream words(line);
        std::string key, value;
        words >> key >> std::ws;
        getline(words, value);
        while (!value.empty() && isspace(static_cast<unsigned char>(value.back()))) value.pop_back();
        value = expand_all(value, variables);
        if (key == "title") entry.title = value;
        else if (key == "linux") entry.kernel = value;
        else if (key == "options") entry.options += (entry.options.empty() || value.empty() ? "" : " ") + value;
        else if (key == "initrd") {
            std::istringstream files(value);
            for (std::string file; files >> file;) entry.initramfs.push_back(file);
        }
    }
    return entry;
}

void sort_loader_entries(std::vector<MenuEntry>& entries) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const MenuEntry& a, const MenuEntry& b) { return compare_versions(a.id, b.id) > 0; });
}

Variables parse_environment_block(const std::string& bytes) {
    Variables variables;
    std::istringstream lines(bytes);
    for (std::string line; getline(lines, line);) {
        const size_t equals = line.find('=');
        if (line[0] == '#' || equals == std::string::npos) continue;
        variables[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return variables;
}

std::string without_variable(const std::string& bytes, const std::string& name) {
    std::string result = kBlockHead;
    std::istringstream lines(bytes);
    for (std::string line; getline(lines, line);)
        if (!line.empty() && line[0] != '#' && line.compare(0, name.size() + 1, name + "=") != 0) result += line + "\n";
    result.resize(bytes.size(), '#');
    return result;
}

const MenuEntry* choose(const std::vector<MenuEntry>& entries, const std::string& chosen) {
    const MenuEntry* const found = chosen.empty() ? nullptr : find(entries, chosen);
    if (!found) return first_bootable(entries);
    if (!found->kernel.empty()) return found;
    const MenuEntry* const inner = first_bootable(found->submenu);
    return inner ? inner : first_bootable(entries);
}

} // namespace vmm
