// SPDX-License-Identifier: GPL-2.0-only
// What this directory uses of the interface between QEMU and its TCG plugins (version 4: QEMU 9.2 and later), which
// Debian has no header for.
#ifndef LIS_BENCH_QEMU_PLUGIN_H
#define LIS_BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

extern "C" {

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

typedef uint64_t qemu_plugin_id_t;
struct qemu_info_t;

struct qemu_plugin_u64 {
    qemu_plugin_scoreboard* score;
    size_t offset;
};

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb*, void (*)(unsigned cpu, void*), qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, void (*)(unsigned cpu, void*), qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(qemu_plugin_insn*, qemu_plugin_op, qemu_plugin_u64, uint64_t);

size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb*);
uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb*, size_t);
size_t qemu_plugin_insn_data(const qemu_plugin_insn*, void*, size_t);
void* qemu_plugin_insn_haddr(const qemu_plugin_insn*);

qemu_plugin_scoreboard* qemu_plugin_scoreboard_new(size_t);
uint64_t qemu_plugin_u64_sum(qemu_plugin_u64);

} // extern "C"

#endif
