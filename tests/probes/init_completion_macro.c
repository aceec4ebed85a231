/* SPDX-License-Identifier: GPL-2.0-only */
/* family: reinit_completion, required: one
 * Until 3.12: INIT_COMPLETION(completion).
 */
#include <linux/completion.h>

void lis_probe(struct completion *completion) { INIT_COMPLETION(*completion); }
