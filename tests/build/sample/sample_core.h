/* SPDX-License-Identifier: GPL-2.0-only */
/* The border of the sample module: see core.cpp. */
#ifndef SAMPLE_CORE_H
#define SAMPLE_CORE_H

#include <lis/types.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t lis_sample_sum(const uint8_t *bytes, uint32_t count);

/* The shim's side. */
void lis_sample_report(uint64_t digest, uint32_t length);

#ifdef __cplusplus
}
#endif
#endif
