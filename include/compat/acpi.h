/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI: resources, and the drivers that bind to its devices. */
#ifndef LIS_COMPAT_ACPI_H
#define LIS_COMPAT_ACPI_H

#include <compat/compat.h>

#include <linux/acpi.h>

#ifdef LIS_HAVE_ACPI_ADDRESS64_NESTED
#define LIS_ACPI_MINIMUM(descriptor) ((descriptor).address.minimum)
#define LIS_ACPI_MAXIMUM(descriptor) ((descriptor).address.maximum)
#else
#define LIS_ACPI_MINIMUM(descriptor) ((descriptor).minimum)
#define LIS_ACPI_MAXIMUM(descriptor) ((descriptor).maximum)
#endif

#ifdef LIS_HAVE_PLATFORM_REMOVE_VOID
typedef void lis_platform_remove_t;
#define LIS_PLATFORM_REMOVED
#else
typedef int lis_platform_remove_t;
#define LIS_PLATFORM_REMOVED 0
#endif

#ifdef LIS_HAVE_ACPI_DRIVER_REMOVE_TYPE
#define LIS_ACPI_REMOVE_ARGUMENTS struct acpi_device *device, int type
#else
#define LIS_ACPI_REMOVE_ARGUMENTS struct acpi_device *device
#endif

/* 2.6.18: an ACPI device is only a kobject. */
#ifdef LIS_HAVE_ACPI_DEVICE_DEV
#define LIS_ACPI_DEVICE(acpi) (&(acpi)->dev)
#else
#define LIS_ACPI_DEVICE(acpi) NULL
#endif

#endif
