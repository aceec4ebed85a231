#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""boot-report.py: makes the table and the JSON of what tests/bench/boot has measured.

Usage: boot-report.py <log> <pairs> <kernel> <release> <cpus> <boot.json>
"""
import json
import os
import statistics
import sys

SIDES = {"ours": "ours", "intree": "in-tree"}
ROWS = [
    ("offered_ms", "loaded and offers there, ms"),
    ("bound_ms", "... and the driver bound, ms"),
    ("exits", "exits"),
    ("io_exits", "  of them by port access"),
    ("halt_exits", "  of them halts"),
    ("hypercalls", "hypercalls"),
    ("irq_injections", "interrupts"),
    ("insn_emulation", "instructions emulated by KVM"),
]


def read(log):
    """Samples by start: side, marks in seconds, and counts summed over the vCPUs."""
    starts = {}
    for line in open(log, errors="replace"):
        if not line.startswith("BENCH "):
            continue
        _, number, side, what, rest = line.rstrip("\r\n").split(" ", 4)
        start = starts.setdefault(int(number), {"side": side, "marks": {}, "stats": {}})
        if what == "stats":
            index, text = rest.split(" ", 1)
            sums = {}
            for vcpu in json.loads(text)["return"]:
                for stat in vcpu["stats"]:
                    sums[stat["name"]] = sums.get(stat["name"], 0) + stat["value"]
            start["stats"][int(index)] = sums
        else:
            start["marks"][what] = float(rest)
    return starts


def sample(start):
    marks, stats = start["marks"], start["stats"]
    result = {
        "offered_ms": round(1000 * (marks["offered"] - marks["begin"]), 3),
        "bound_ms": round(1000 * (marks["bound"] - marks["begin"]), 3),
    }
    for name, value in stats[3].items():
        result[name] = value - stats[2][name] - (stats[2][name] - stats[1][name])
    return result


def main():
    log, pairs, kernel, release, cpus, out = sys.argv[1:]
    starts = read(log)
    samples = {side: [sample(s) for _, s in sorted(starts.items()) if s["side"] == side] for side in SIDES}
    for side in SIDES:
        if len(samples[side]) != int(pairs):
            sys.exit(f"boot-report.py: {len(samples[side])} samples of {side} in {log}, {pairs} are wanted")
    result = {"kernel": kernel, "release": release, "cpus": int(cpus), "load": os.getloadavg()[0], "samples": samples,
              "median": {s: {n: statistics.median(x[n] for x in samples[s]) for n, _ in ROWS} for s in SIDES}}
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")

    print(f"From loading the bus to every offer bound: Linux {release}, {cpus} vCPUs, QEMU's host with one device,")
    print(f"{pairs} samples a side in turns in one run; median (smallest to largest). The load of this machine: {result['load']:.1f}")
    print(f"{'':30} {'ours':>26} {'in-tree':>26} {'ratio':>7}")
    for name, title in ROWS:
        columns = []
        for side in SIDES:
            values = [x[name] for x in samples[side]]
            digits = 1 if name.endswith("_ms") else 0
            columns.append(f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})")
        ours, intree = (result["median"][side][name] for side in SIDES)
        ratio = f"{ours / intree:.2f}" if intree else "-"
        print(f"{title:30} {columns[0]:>26} {columns[1]:>26} {ratio:>7}")


main()
