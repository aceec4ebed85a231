/* SPDX-License-Identifier: GPL-2.0-only */
/* family: reinit_completion, required: one
 * 3.13. Back-ported to RHEL 6.10.
 */
#include <linux/completion.h>

void lis_probe(struct completion *completion) { reinit_completion(completion); }
