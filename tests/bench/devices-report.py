#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""devices-report.py: makes table, JSON and profile of what tests/bench/devices has measured; see --help there."""
import argparse
import json
import os
import statistics
import sys

import devices_profile

ROWS = [
    ("randread-qd1", "disk, 4 KiB random read, 1 at a time", "I/O"),
    ("randwrite-qd1", "disk, 4 KiB random write, 1 at a time", "I/O"),
    ("randread-qd32", "disk, 4 KiB random read, 32 at a time", "I/O"),
    ("randwrite-qd32", "disk, 4 KiB random write, 32 at a time", "I/O"),
    ("randread-4x32", "disk, 4 KiB random read, 4 jobs with 32 each", "I/O"),
    ("read-1m", "disk, 1 MiB read in order, 4 at a time", "I/O"),
    ("write-1m", "disk, 1 MiB written in order, 4 at a time", "I/O"),
    ("udp-send", "network, UDP of 64 B sent (iperf3, TAP)", "packet"),
    ("udp-receive", "network, UDP of 64 B received (iperf3, TAP)", "packet"),
    ("tcp-send", "network, TCP sent (iperf3, TAP)", "64 KiB"),
    ("tcp-receive", "network, TCP received (iperf3, TAP)", "64 KiB"),
    ("driver-send", "network, UDP of 64 B sent by pktgen", "packet"),
    ("driver-receive", "network, UDP of 64 B received, dropped by IP", "packet"),
]
COLUMNS = [  # name, title, digits
    ("per_s", "per s", 0),
    ("megabytes_per_s", "MB/s", 1),
    ("megabits_per_s", "Mbit/s", 0),
    ("guest_instructions", "guest instr.", 0),
    ("driver_instructions", "of hv_*", 0),
    ("host_instructions", "host instr.", 0),
    ("vmm_instructions", "of vmbus-vmm", 0),
    ("exits", "exits", 2),
    ("hypercalls", "hypercalls", 3),
    ("irq_injections", "interrupts", 3),
    ("halt_exits", "halts", 3),
]
SHARES = [  # title, and how parts begin that no earlier one has taken
    ("guest programs", "guest: programs"),
    ("guest hv_*", "guest: hv_"),
    ("guest kernel", "guest: "),
    ("vmbus-vmm", "vmbus-vmm"),
    ("KVM", "host: kvm"),
    ("host's rest", "host: "),
]
KVM = ["hypercalls", "irq_injections", "halt_exits"]
SIDES = {"intree": "in-tree", "ours": "ours"}
KNOWN = 2000000  # instructions of mark.S


def fail(text):
    sys.exit(f"devices-report.py: {text}")


def read_log(path, complete):
    """The lines of samples of complete starts in their order: start, side, row, operations, bytes, seconds, KVM's counts."""
    decoder = json.JSONDecoder()
    for line in open(path, errors="replace"):
        if not line.startswith("BENCH "):
            continue
        _, start, side, row, operations, size, seconds, counts = line.rstrip("\r\n").split(" ", 7)
        if start not in complete:
            continue
        before, end = decoder.raw_decode(counts)
        after, _ = decoder.raw_decode(counts[end:].lstrip())
        kvm = {name: after["return"][name] - before["return"][name] for name in KVM}
        yield start, side, row, int(operations), int(size), float(seconds), kvm


def read_samples(options, places):
    """Of each row and side the samples; and the profile of each row and side."""
    samples = {}
    profiles = {}
    nothing = iperf = None
    counted = devices_profile.read_counts(options.counts)
    for start, side, row, operations, size, seconds, kvm in read_log(options.log, places.modules):
        counts = next(counted, None)
        if counts is None:
            fail(f"{options.counts} ends before {row}")
        total = {"exits": counts.entries, **kvm, **places.totals(start, counts.instructions)}
        if row == "known":
            if abs(total["guest_user"] - KNOWN) > 2:
                fail(f"the emulator has counted {total['guest_user']} instructions where there were {KNOWN}")
            continue
        if row == "nothing":
            nothing = total
            continue
        total = {name: value - nothing[name] for name, value in total.items()}
        if row == "iperf-nothing":
            iperf = total
            continue
        if row.startswith(("udp-", "tcp-")):
            total = {name: value - iperf[name] for name, value in total.items()}
        if operations <= 0 or seconds <= 0:
            fail(f"a sample of {row} without operations")
        sample = {name: value / operations for name, value in total.items()}
        sample.update(per_s=operations / seconds, megabytes_per_s=size / seconds / 1e6, megabits_per_s=8 * size / seconds / 1e6)
        samples.setdefault((row, side), []).append(sample)
        profiles.setdefault((row, side), devices_profile.Profile()).add(places, start, counts.instructions, operations)
    return samples, profiles


def cell(samples, name, digits):
    values = [sample[name] for sample in samples]
    median = statistics.median(values)
    spread = f" {100 * (max(values) - min(values)) / median:.0f}%" if median > 0 else ""
    return f"{median:.{digits}f}{spread}"


def print_table(options, samples, fewest, load):
    print(f"Disk and network on our host: Linux {options.release}, {options.cpus} vCPUs, {fewest} samples of each side in one run:")
    print(f"median, and largest less smallest in % of it; counts are those of one operation. The load of this machine: {load:.1f}")
    for row, title, unit in ROWS:
        sides = [side for side in SIDES if (row, side) in samples]
        if not sides:
            continue
        print(f"\n{title}; one operation: {'one ' if unit != '64 KiB' else ''}{unit}")
        columns = [column for column in COLUMNS if column[0] != ("megabits_per_s" if title.startswith("disk") else "megabytes_per_s")]
        print(" " * 8 + "".join(f"{title:>13}" for _, title, _ in columns))
        for side in sides:
            print(f"{SIDES[side]:8}" + "".join(f"{cell(samples[row, side], name, digits):>13}" for name, _, digits in columns))
        if len(sides) == 2:
            print(f"{'ratio':8}" + "".join(f"{ratio(samples, row, name):>13}" for name, _, _ in columns))


def print_shares(profiles):
    print("\nWhose the instructions are, in %:")
    print(" " * 58 + "".join(f"{title:>15}" for title, _ in SHARES))
    for row, title, _ in ROWS:
        for side in SIDES:
            if (row, side) not in profiles:
                continue
            left = profiles[row, side].parts()
            everything = sum(left.values())
            shares = []
            for _, begin in SHARES:
                mine = [part for part in left if part.startswith(begin)]
                shares.append(100 * sum(left.pop(part) for part in mine) / everything)
            print(f"{title + ', ' + SIDES[side]:58}" + "".join(f"{share:15.1f}" for share in shares))


def ratio(samples, row, name):
    intree, ours = (statistics.median(sample[name] for sample in samples[row, side]) for side in SIDES)
    return f"{ours / intree:.2f}" if intree > 0 else "-"


def main():
    parser = argparse.ArgumentParser()
    for name in ["log", "counts", "sides", "kernel", "release", "vmm", "symbols", "json", "profile"]:
        parser.add_argument("--" + name, required=True)
    for name in ["starts", "cpus"]:
        parser.add_argument("--" + name, required=True, type=int)
    options = parser.parse_args()

    places = devices_profile.Places(options.log, options.vmm, options.symbols)
    samples, profiles = read_samples(options, places)
    if not samples:
        fail(f"no complete start in {options.log}")
    fewest = min(len(values) for values in samples.values())
    load = os.getloadavg()[0]
    rows = [{"row": row, "side": side, "samples": samples[row, side],
             "median": {name: statistics.median(sample[name] for sample in samples[row, side]) for name, _, _ in COLUMNS}}
            for row, _, _ in ROWS for side in SIDES if (row, side) in samples]
    with open(options.json, "w") as file:
        json.dump({"kernel": options.kernel, "release": options.release, "cpus": options.cpus, "load": load, "rows": rows}, file, indent=1)
        file.write("\n")
    with open(options.profile, "w") as file:
        for row, title, unit in ROWS:
            for side in SIDES:
                if (row, side) in profiles:
                    profiles[row, side].write(file, f"{title} ({SIDES[side]}): instructions per {unit}")
    print_table(options, samples, fewest, load)
    print_shares(profiles)
    print(f"\nWhere the instructions are, function by function: {options.profile}")
    if fewest < options.starts:
        fail(f"{fewest} samples where {options.starts} are wanted")


main()
