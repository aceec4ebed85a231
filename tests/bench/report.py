#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""report.py: makes the table, the JSON and the plot of what tests/bench/run has measured.

Usage: report.py lines <regions> <trace>
       report.py all <counts> <version file> <ring.json> <ring.svg>
"""
import collections
import glob
import json
import os
import platform
import re
import statistics
import sys
import time

SIDES = ["intree", "one", "many"]
TITLES = {"intree": "in-tree", "one": "ours, 1 producer", "many": "ours, many"}
MODES = {
    "single": "1 packet, then the reader",
    "burst": "16 packets, then the reader",
    "batch": "16 packets published at once",
}
SIZES = [16, 64, 256, 1024, 4096]
LINE = 64


def lines(regions_file, trace_file):
    """Cache lines stored to in a round, on average: of the ring's data, and of all else that is shared."""
    regions = {}
    for line in open(regions_file):
        name, *addresses = line.split()
        regions[name] = [int(a, 16) for a in addresses]
    marker = regions["marker"][0]
    ring, state = regions["ring"], regions["state"]
    rounds, measuring = [], False
    for line in open(trace_file, errors="replace"):
        if line[:2] not in (" S", " M"):
            continue
        address, size = line[2:].split(",")
        address, size = int(address, 16), int(size)
        if address == marker:
            measuring = not measuring
            if measuring:
                rounds.append((set(), set()))
        elif measuring:
            for at in range(address // LINE, (address + size - 1) // LINE + 1):
                if ring[0] + 4096 <= at * LINE < ring[1]:
                    rounds[-1][0].add(at)
                elif ring[0] <= at * LINE < ring[1] or state[0] <= at * LINE < state[1]:
                    rounds[-1][1].add(at)
    if not rounds:
        sys.exit("report.py: the trace has no round")
    for part in (0, 1):
        print(sum(len(r[part]) for r in rounds) / len(rounds))


def locked_addresses(disassembly):
    """Addresses of instructions that are locked, or as dear: lock ..., xchg with memory, mfence."""
    locked = set()
    for line in open(disassembly):
        match = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if match and re.match(r"lock\b|mfence|xchg.*\(", match.group(2)):
            locked.add(int(match.group(1), 16))
    return locked


def instructions(counts):
    """{(side, mode, bytes): {instructions, write, read, memcpy, locked}} per packet, of callgrind's dumps."""
    locked = locked_addresses(os.path.join(counts, "disassembly"))
    results = {}
    for dump in glob.glob(os.path.join(counts, "callgrind.*")):
        label, function, called = None, None, None
        own, within = collections.Counter(), collections.Counter()
        locks = 0
        for line in open(dump):
            if line.startswith("desc: Trigger: Client Request: "):
                label = line.split(": ", 3)[3].split()
            elif line.startswith("fn="):
                function = line[3:].strip()
            elif line.startswith("calls="):
                called = True
            elif line.startswith("0x"):
                address, cost = line.split()[:2]
                if not called:
                    own[function] += int(cost)
                    if int(address, 16) in locked:
                        locks += int(cost)
                within[function] += int(cost)
                called = None
        if label is None:
            continue  # what was left at exit
        side, mode, size, packets = label[0], label[1], int(label[2]), int(label[3])
        results[side, mode, size] = {
            "instructions": sum(own.values()) / packets,
            "write": (within["bench_%s_send" % side] + within["bench_%s_burst" % side]) / packets,
            "read": within["bench_%s_drain" % side] / packets,
            "memcpy": own["memcpy"] / packets,
            "locked": locks / packets,
        }
    return results


def speeds(file):
    """{(side, mode, bytes): (median, spread)} in millions of packets per second."""
    runs = collections.defaultdict(list)
    for run in json.load(open(file))["benchmarks"]:
        if run["run_type"] == "iteration":
            if run.get("error_occurred"):
                sys.exit("report.py: %s: %s" % (run["name"], run["error_message"]))
            side, mode, size = run["name"].split("/")[:3]
            runs[side, mode, int(size)].append(run["items_per_second"] / 1e6)
    return {key: (statistics.median(values), (max(values) - min(values)) / statistics.median(values))
            for key, values in runs.items()}


def waits(file):
    results = collections.defaultdict(dict)
    for line in open(file):
        side, what, value = line.split()
        results[side][what] = float(value)
    return results


def machine():
    model = "unknown CPU"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "load": os.getloadavg()[0], "date": time.strftime("%Y-%m-%d")}


def collect(counts, version_file):
    data = {"machine": machine(), "linux": open(version_file).read().strip(), "rows": []}
    speed = speeds(os.path.join(counts, "speed.json"))
    for (side, mode, size), row in instructions(counts).items():
        entry = {"side": side, "mode": mode, "bytes": size}
        entry.update(row)
        entry["packets_per_us"], entry["spread"] = speed[side, mode, size]
        if mode == "single":
            with open(os.path.join(counts, "lines.%s.%d" % (side, size))) as lines_file:
                entry["data_lines"], entry["other_lines"] = [float(n) for n in lines_file]
        data["rows"].append(entry)
    if len(data["rows"]) != len(SIDES) * len(MODES) * len(SIZES):
        sys.exit("report.py: %d rows instead of %d" % (len(data["rows"]), len(SIDES) * len(MODES) * len(SIZES)))
    data["rows"].sort(key=lambda r: (list(MODES).index(r["mode"]), r["bytes"], SIDES.index(r["side"])))
    data["two_producers"] = [
        {"side": side, "bytes": size, "packets_per_us": value, "spread": spread}
        for (side, mode, size), (value, spread) in sorted(speed.items()) if mode == "two"]
    data["waits"] = waits(os.path.join(counts, "wait"))
    return data


def ratio(value, base):
    return "%.2f" % (value / base) if base else "-"


def print_table(title, head, rows):
    print("\n" + title)
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    for row in [head] + rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def print_rows(data, key, mode, format_):
    rows = []
    for size in SIZES:
        value = {r["side"]: r[key] for r in data["rows"] if r["mode"] == mode and r["bytes"] == size}
        rows.append(["%d B" % size] + [format_ % value[s] for s in SIDES] +
                    [ratio(value[s], value["intree"]) for s in SIDES[1:]])
    return rows


def show(data):
    about = data["machine"]
    print("Our ring beside Linux %s's, in user space; %s, %d cores, load %.1f, %s" %
          (data["linux"], about["cpu"], about["cores"], about["load"], about["date"]))
    print("Both: completion asked for, id allocated and looked up, trailer, signal decided, packet copied to private memory.")
    print("Both: tests/bench/stubs (memcpy in general registers; a signal is counted), gcc -O2. In-tree's locks: one")
    print("locked instruction and one store, interrupts and preemption for nothing. Ratio: ours / in-tree.")
    head = ["payload", "in-tree", "ours, 1", "ours, many", "ratio 1", "ratio many"]
    for mode, title in MODES.items():
        extra = " (in-tree has no such interface: one by one)" if mode == "batch" else ""
        print_table("Instructions per packet, written and read: %s%s" % (title, extra), head,
                    print_rows(data, "instructions", mode, "%.0f"))
    by_key = {(r["side"], r["mode"], r["bytes"]): r for r in data["rows"]}
    rows = []
    for mode in MODES:
        for part in ("write", "read", "memcpy"):
            value = {s: by_key[s, mode, 64][part] for s in SIDES}
            rows.append(["%s, %s" % (mode, part)] + ["%.0f" % value[s] for s in SIDES] +
                        [ratio(value[s], value["intree"]) for s in SIDES[1:]])
    print_table("Of these with 64 B: in writing, in reading; memcpy's in both", ["", *head[1:]], rows)
    rows = []
    for mode in MODES:
        value = {s: by_key[s, mode, 64]["locked"] for s in SIDES}
        rows.append([MODES[mode]] + ["%.1f" % value[s] for s in SIDES] +
                    [ratio(value[s], value["intree"]) for s in SIDES[1:]])
    print_table("Locked instructions per packet, written and read, barriers included", ["", *head[1:]], rows)
    print_table("Cache lines stored to per packet besides its bytes (1 packet, then the reader)", head,
                print_rows(data, "other_lines", "single", "%.1f"))
    for mode, title in MODES.items():
        print_table("Million packets per second of CPU time, 1 thread: %s (largest spread %.0f %%)" % (
            title, 100 * max(r["spread"] for r in data["rows"] if r["mode"] == mode)), head,
            print_rows(data, "packets_per_us", mode, "%.2f"))
    show_threads(data)


def show_threads(data):
    rows = []
    for size in SIZES:
        two = {r["side"]: r for r in data["two_producers"] if r["bytes"] == size}
        if two:
            base, ours = two["intree"], two["many"]
            change = ours["packets_per_us"] / base["packets_per_us"]
            # No claim where the runs differ by more than the sides do.
            doubt = " ?" if max(base["spread"], ours["spread"]) > abs(change - 1) else ""
            rows.append(["%d B" % size] + ["%.2f" % two[s]["packets_per_us"] for s in ("intree", "many")] +
                        ["%.2f%s" % (change, doubt)] +
                        ["%.0f %%" % (100 * two[s]["spread"]) for s in ("intree", "many")])
    if rows:
        print_table("Million packets per second, 2 producers on 2 cores; who finds the ring full reads it (?: spread larger than the difference)",
                    ["payload", "in-tree", "ours, many", "ratio", "spread in-tree", "spread ours"], rows)
    else:
        print("\n2 producers: not measured, this machine has one core")
    intree, ours = data["waits"]["intree"], data["waits"]["many"]
    rows = []
    if "spins_per_packet" in intree:
        rows.append(["2 producers, 2 cores: times a lock was found taken, per packet",
                     "%.4f" % intree["spins_per_packet"], "no lock"])
        rows.append(["2 producers, 2 cores: swaps of the reservation repeated, per packet", "no swap",
                     "%.4f" % ours["reserve_retries_per_packet"]])
    rows.append(["4 producers, 1 core: longest spin for one that was interrupted, us",
                 "%.0f" % intree["longest_spin_us"], "%.0f" % ours["longest_spin_us"]])
    rows.append(["one producer stopped in its copy for 50 ms: packets (1 KiB) that 3 others sent",
                 "%.0f" % intree["sent_while_one_is_stopped"], "%.0f" % ours["sent_while_one_is_stopped"]])
    rows.append(["... and the longest CPU time of one of their sends, us",
                 "%.0f" % intree["longest_send_while_one_is_stopped_us"],
                 "%.0f" % ours["longest_send_while_one_is_stopped_us"]])
    print_table("What producers cost each other (64 B)", ["", "in-tree", "ours, many"], rows)


# ---- plot ----

COLOURS = {"intree": "#777777", "one": "#1f77b4", "many": "#d62728"}


def plot(data, file):
    """Two groups of bars for each size: instructions, and packets per second."""
    width, height, margin = 980, 420, 60
    panels = [("Instructions per packet (16, then the reader)", "instructions", "burst"),
              ("Million packets/s, 1 thread (16, then the reader)", "packets_per_us", "burst")]
    svg = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">'
           % (width, height), '<rect width="100%" height="100%" fill="white"/>']
    panel_width = (width - margin) / len(panels)
    for number, (title, key, mode) in enumerate(panels):
        left = margin + number * panel_width
        rows = {(r["side"], r["bytes"]): r[key] for r in data["rows"] if r["mode"] == mode}
        top = max(rows.values())
        plot_height = height - 2 * margin
        svg.append('<text x="%.0f" y="30" font-size="14">%s</text>' % (left, title))
        svg.append('<line x1="%.0f" y1="%d" x2="%.0f" y2="%d" stroke="black"/>' %
                   (left, height - margin, left + panel_width - 40, height - margin))
        group = (panel_width - 40) / len(SIZES)
        bar = group / (len(SIDES) + 1)
        for i, size in enumerate(SIZES):
            for j, side in enumerate(SIDES):
                value = rows[side, size]
                tall = plot_height * value / top
                x, y = left + i * group + j * bar, height - margin - tall
                svg.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' %
                           (x, y, bar - 1, tall, COLOURS[side]))
                svg.append('<text x="%.1f" y="%.1f" font-size="8" text-anchor="middle">%s</text>' %
                           (x + bar / 2, y - 3, "%.0f" % value if value >= 100 else "%.1f" % value))
            svg.append('<text x="%.1f" y="%d">%d B</text>' % (left + i * group, height - margin + 16, size))
    for j, side in enumerate(SIDES):
        svg.append('<rect x="%d" y="%d" width="12" height="12" fill="%s"/><text x="%d" y="%d">%s</text>' %
                   (margin + j * 170, height - 26, COLOURS[side], margin + 18 + j * 170, height - 16, TITLES[side]))
    svg.append("</svg>")
    with open(file, "w") as out:
        out.write("\n".join(svg) + "\n")


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "lines":
        lines(*sys.argv[2:])
    elif len(sys.argv) == 6 and sys.argv[1] == "all":
        data = collect(sys.argv[2], sys.argv[3])
        with open(sys.argv[4], "w") as out:
            json.dump(data, out, indent=1)
            out.write("\n")
        plot(data, sys.argv[5])
        show(data)
    else:
        sys.exit(__doc__)


main()
