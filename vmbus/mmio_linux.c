// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MMIO windows of the bus, and what devices have reserved in them. Reservations
 * also stand in the kernel's own map, which knows who else uses a window.
 */
#include <compat/compat.h>
#include <compat/screen_info.h>

#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <lis/vmbus.h>

#include "acpi_linux.h"
#include "vmbus_core.h"

#define MAX_WINDOWS 16
#define LOWEST_USEFUL 0x100000ULL /* below 1 MiB there is nothing for devices */
#define TPM_BASE 0xfed40000ULL
#define FOUR_GIB 0x100000000ULL

struct window {
	u64 start, end; /* both included */
};

struct reservation {
	struct list_head node; /* by rising start */
	u64 start, end;	       /* both included */
	bool in_map;	       /* the kernel's */
};

static struct window windows[MAX_WINDOWS];
static unsigned int window_count;
static LIST_HEAD(reservations);
static DEFINE_MUTEX(lock); /* of reservations; windows only change while ACPI is read */

bool mmio_has_windows(void)
{
	return window_count != 0;
}

void mmio_add_window(u64 start, u64 end)
{
	unsigned int i;

	if (start > end || end < LOWEST_USEFUL)
		return;
	if (start < TPM_BASE && end >= TPM_BASE)
		end = TPM_BASE - 1;
	for (i = 0; i < window_count; i++) {
		if (windows[i].end + 1 == start) {
			windows[i].end = end;
			return;
		}
		if (end + 1 == windows[i].start) {
			windows[i].start = start;
			return;
		}
	}
	if (window_count == MAX_WINDOWS) {
		lis_os_log(LIS_OS_LOG_WARNING, "more than %u MMIO windows; the rest is not used", MAX_WINDOWS);
		return;
	}
	windows[window_count].start = start;
	windows[window_count].end = end;
	window_count++;
}

/* Under lock. */
static int reserve(u64 start, u64 end, const char *name)
{
	struct reservation *next, *mine = kzalloc(sizeof(*mine), GFP_KERNEL);

	if (!mine)
		return -ENOMEM;
	mine->start = start;
	mine->end = end;
	if (name) {
		if (!request_mem_region(start, end - start + 1, name)) {
			kfree(mine);
			return -EBUSY;
		}
		mine->in_map = true;
	}
	list_for_each_entry(next, &reservations, node)
		if (next->start > start)
			break;
	list_add_tail(&mine->node, &next->node);
	return 0;
}

static void unreserve(struct reservation *reservation)
{
	if (reservation->in_map)
		release_mem_region(reservation->start, reservation->end - reservation->start + 1);
	list_del(&reservation->node);
	kfree(reservation);
}

void mmio_reserve_screen(void)
{
	u64 start = lis_screen_start(), size = lis_screen_size();

	if (size == 0)
		return;
	mutex_lock(&lock);
	/* Not in the kernel's map: the screen's own driver reserves it there. */
	if (reserve(start, start + size - 1, NULL))
		lis_os_log(LIS_OS_LOG_WARNING, "cannot keep the screen's memory from other devices");
	mutex_unlock(&lock);
}

void mmio_forget(void)
{
	struct reservation *reservation, *next;

	mutex_lock(&lock);
	list_for_each_entry_safe(reservation, next, &reservations, node)
		unreserve(reservation);
	window_count = 0;
	mutex_unlock(&lock);
}

/* Returns the end of a reservation that overlaps [start, end], or 0. Under lock. */
static u64 reserved_until(u64 start, u64 end)
{
	struct reservation *reservation;

	list_for_each_entry(reservation, &reservations, node)
		if (reservation->start <= end && reservation->end >= start)
			return reservation->end;
	return 0;
}

/* Under lock. Every step passes over an obstacle or one alignment, and never wraps. */
static int allocate_between(u64 first, u64 last, u64 size, u64 align, const char *name, u64 *start)
{
	u64 at, until;

	for (at = (first + align - 1) & ~(align - 1); at >= first && at <= last && last - at >= size - 1;
	     at = (at + align) & ~(align - 1)) {
		until = reserved_until(at, at + size - 1);
		if (until) {
			at = until;
			continue;
		}
		switch (reserve(at, at + size - 1, name)) {
		case 0:
			*start = at;
			return 0;
		case -ENOMEM:
			return -ENOMEM;
		}
		cond_resched();
	}
	return -ENOMEM;
}

int32_t lis_vmbus_mmio_allocate(uint64_t size, uint64_t align, uint64_t min, uint64_t max, uint32_t high,
				const char *name, uint64_t *start)
{
	int result = -ENOMEM;
	unsigned int i;

	if (size == 0 || align == 0 || (align & (align - 1)) != 0 || !name)
		return -EINVAL;
	if (!high)
		max = min_t(u64, max, FOUR_GIB - 1);
	if (align < PAGE_SIZE)
		align = PAGE_SIZE;
	mutex_lock(&lock);
	for (i = 0; i < window_count && result; i++)
		result = allocate_between(max_t(u64, min, windows[i].start), min_t(u64, max, windows[i].end), size,
					  align, name, start);
	mutex_unlock(&lock);
	return result;
}

void lis_vmbus_mmio_free(uint64_t start, uint64_t size)
{
	struct reservation *reservation, *next;

	mutex_lock(&lock);
	list_for_each_entry_safe(reservation, next, &reservations, node)
		if (reservation->in_map && reservation->start == start && reservation->end - start + 1 == size)
			unreserve(reservation);
	mutex_unlock(&lock);
}
