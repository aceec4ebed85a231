# SPDX-License-Identifier: GPL-2.0-only
"""Whose the instructions are that the plugin (instructions.cpp) has counted."""
import bisect
import collections
import subprocess

KERNEL = 0xFFFFFFFF80000000
MODULES = 0xFFFFFFFFC0000000
FUNCTIONS = 15  # that a profile names of each part

Counts = collections.namedtuple("Counts", "entries instructions")


def read_counts(path):
    """Of each sample, in their order: VMRUNs, and instructions by side (g or h) and address."""
    instructions = {}
    entries = 0
    with open(path) as file:
        for line in file:
            word = line.split()
            if word[0] == "SAMPLE":
                instructions, entries = {}, int(word[2])
            elif word[0] == "END":
                yield Counts(entries, instructions)
            else:
                instructions[word[0], int(word[1], 16)] = int(word[2])


class Symbols:
    """Names by address, each of a part: a module, or what its owner calls it."""

    def __init__(self):
        self.entries = []
        self.sorted = False

    def add(self, address, name, part):
        self.entries.append((address, name, part))
        self.sorted = False

    def find(self, address):
        if not self.sorted:
            self.entries.sort()
            self.addresses = [entry[0] for entry in self.entries]
            self.sorted = True
        place = bisect.bisect_right(self.addresses, address) - 1
        return self.entries[place][1:] if place >= 0 else None


class Places:
    """What stands where: vmbus-vmm, the kernel of the machine around with its modules, the guest's modules."""

    def __init__(self, log, vmm, symbols):
        self.vmm = Symbols()
        self.kernel = Symbols()
        self.modules = collections.defaultdict(Symbols)  # of a start of the guest, which says so at its end
        self.drivers = collections.defaultdict(Symbols)
        self.guest_kernels = {}  # where they begin that are the same as that of the machine around
        for line in subprocess.run(["nm", "-C", vmm], check=True, capture_output=True, text=True).stdout.splitlines():
            word = line.split(None, 2)
            if len(word) == 3 and word[1] in "tTwWi":
                self.vmm.add(int(word[0], 16), word[2], "vmbus-vmm")
        self.vmm_end = max(entry[0] for entry in self.vmm.entries) + 4096
        self.kernel_start = self.release = None
        for line in open(symbols, errors="replace"):
            word = line.split()
            if line.startswith("L1-RELEASE "):
                self.release = word[1]
            if line.startswith("L1-SYMBOL "):
                self.kernel.add(int(word[1], 16), word[3], word[4].strip("[]") if len(word) > 4 else "kernel")
                if word[3] == "_text":
                    self.kernel_start = int(word[1], 16)
        for line in open(log, errors="replace"):
            word = line.split()
            if line.startswith("GUEST-SYMBOL "):
                self.drivers[word[1], word[5]].add(int(word[2], 16), word[4], word[5])
            elif line.startswith("GUEST-KERNEL ") and word[2] == self.release:
                self.guest_kernels[word[1]] = int(word[3], 16)
            elif line.startswith("GUEST-MODULE "):
                self.modules[word[1]].add(int(word[3], 16), word[2], "")

    def of(self, start, side, address):
        """Part and function of an address."""
        if side == "g":
            if address < KERNEL:
                return ("guest: programs", "")
            if address < MODULES:
                return ("guest: kernel", self.of_guest_kernel(start, address))
            return self.of_module(start, address)
        if address < self.vmm_end:
            return ("vmbus-vmm", self.vmm.find(address)[0])
        if address < KERNEL:
            return ("host: other programs", "")
        name, part = self.kernel.find(address) or ("", "kernel")
        return (f"host: {part}", name)

    def of_guest_kernel(self, start, address):
        if start not in self.guest_kernels or self.kernel_start is None:
            return ""
        found = self.kernel.find(address - self.guest_kernels[start] + self.kernel_start)
        return found[0] if found else ""

    def of_module(self, start, address):
        module = self.modules[start].find(address)
        if not module:
            return ("guest: unknown modules", "")
        function = self.drivers[start, module[0]].find(address)
        return (f"guest: {module[0]}", function[0] if function else "")

    def totals(self, start, instructions):
        sums = collections.Counter()
        for (side, address), count in instructions.items():
            if side == "g":
                sums["guest_instructions"] += count
                if address < KERNEL:
                    sums["guest_user"] += count
                elif address >= MODULES and self.of_module(start, address)[0].startswith("guest: hv_"):
                    sums["driver_instructions"] += count
            else:
                sums["host_instructions"] += count
                if address < self.vmm_end:
                    sums["vmm_instructions"] += count
        return {name: sums[name] for name in
                ["guest_instructions", "guest_user", "driver_instructions", "host_instructions", "vmm_instructions"]}


class Profile:
    """All samples of a row together."""

    def __init__(self):
        self.functions = collections.defaultdict(collections.Counter)  # of a part
        self.operations = 0

    def add(self, places, start, instructions, operations):
        self.operations += operations
        for (side, address), count in instructions.items():
            part, function = places.of(start, side, address)
            self.functions[part][function] += count

    def parts(self):
        """Instructions of an operation in each part, the most first."""
        sums = {part: sum(functions.values()) / self.operations for part, functions in self.functions.items()}
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def write(self, file, title):
        parts = self.parts()
        everything = sum(parts.values())
        print(f"== {title}: {everything:.0f}", file=file)
        for part, count in parts.items():
            print(f"{count:12.1f} {100 * count / everything:5.1f} %  {part}", file=file)
            for function, inside in self.functions[part].most_common(FUNCTIONS):
                inside /= self.operations
                if function and inside * 200 > count:
                    print(f"{'':8}{inside:12.1f} {100 * inside / everything:5.1f} %  {function}", file=file)
        print(file=file)
