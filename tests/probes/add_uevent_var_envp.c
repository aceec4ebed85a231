/* SPDX-License-Identifier: GPL-2.0-only */
/* family: add_uevent_var, required: one
 * Until 2.6.23: adds to an array and a buffer.
 */
#include <linux/kobject.h>

int lis_probe(char **envp, int count, int *at, char *buffer, int size, int *used)
{
	return add_uevent_var(envp, count, at, buffer, size, used, "NAME=%d", 1);
}
