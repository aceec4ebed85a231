/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.3. Back-ported to RHEL 7.7.
 */
#include <linux/types.h>
#include <linux/string.h>

long lis_probe(char *to, const char *from) { return strscpy(to, from, 8); }
