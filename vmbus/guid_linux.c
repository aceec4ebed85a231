// SPDX-License-Identifier: GPL-2.0-only
/* GUIDs as text; %pUl and guid_parse() are not in every kernel. */
#include <compat/compat.h>

#include <linux/ctype.h>

#include "bus_linux.h"

/* Which byte on the wire the text's byte number i is. */
static const uint8_t wire_index[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool dash_before(unsigned int i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void guid_format(char text[LIS_GUID_TEXT], const struct lis_guid *guid)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (dash_before(i))
			*text++ = '-';
		text += sprintf(text, "%02x", guid->bytes[wire_index[i]]);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int guid_parse_text(const char *text, struct lis_guid *guid)
{
	unsigned int i;

	if (*text == '{')
		text++;
	for (i = 0; i < 16; i++, text += 2) {
		if (dash_before(i) && *text++ != '-')
			return -EINVAL;
		/* A 0 is no digit: the second is not looked at behind the end. */
		if (digit(text[0]) < 0 || digit(text[1]) < 0)
			return -EINVAL;
		guid->bytes[wire_index[i]] = digit(text[0]) << 4 | digit(text[1]);
	}
	return 0;
}
