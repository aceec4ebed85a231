/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's ring code needs of a kernel, for user space: our own text, with
 * the names that the code uses. Costs are those of an x86-64 kernel on bare metal
 * where nobody contends, or less:
 *
 *   spin_lock_irqsave   one locked compare-and-swap in line; nothing for the flags,
 *                       the preemption count and the calls that a kernel has there
 *   spin_unlock_...     one plain store
 *   a lock that is held who waits first is next, as with the kernel's (bench_spin)
 *   virt_mb             one locked add to the stack
 *   bitmap_set, ...     one instruction
 *   memcpy              copy.c, the same for both sides
 */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stubs.h>

typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16;
typedef uint32_t u32, __u32;
typedef uint64_t u64, __u64;
typedef int32_t __s32;
typedef int64_t __s64;
typedef uint64_t dma_addr_t, phys_addr_t, resource_size_t;
typedef struct {
	u8 bytes[16];
} guid_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096
#define HV_HYP_PAGE_SIZE PAGE_SIZE
#define HV_HYP_PAGE_SHIFT PAGE_SHIFT
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX

#define __packed __attribute__((packed))
#define __always_inline inline __attribute__((always_inline))
#define __must_check __attribute__((warn_unused_result))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ALIGN(x, to) (((x) + (to) - 1) & ~((typeof(x))(to) - 1))
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define EXPORT_SYMBOL(name) extern int bench_unused_##name
#define EXPORT_SYMBOL_GPL(name) EXPORT_SYMBOL(name)
#define min(a, b)                                          \
	({                                                 \
		const typeof(a) min_a_ = (a);              \
		const typeof(b) min_b_ = (b);              \
		min_a_ < min_b_ ? min_a_ : min_b_;         \
	})
#define pr_err_ratelimited(...) bench_log(__VA_ARGS__)

enum { ENOMEM = 12, EAGAIN = 11, EINVAL = 22, ENODEV = 19, EIO = 5, ENOBUFS = 105 };

/* ---- memory ---- */

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))
#define barrier() __asm__ __volatile__("" : : : "memory")
#define virt_mb() __asm__ __volatile__("lock addl $0, -4(%%rsp)" : : : "memory", "cc")
#define virt_rmb() barrier()
#define virt_load_acquire(at)                               \
	({                                                  \
		const typeof(*(at)) loaded_ = READ_ONCE(*(at)); \
		barrier();                                  \
		loaded_;                                    \
	})

#define memcpy __builtin_memcpy
#define memset __builtin_memset
#define GFP_KERNEL 0
#define VM_MAP 0
#define PAGE_KERNEL 0
#define pgprot_decrypted(protection) (protection)
#define kcalloc(count, size, flags) bench_allocate((size_t)(count) * (size))
#define kzalloc(size, flags) bench_allocate(size)
#define kfree(at) bench_free(at)
#define vmap(pages, count, flags, protection) bench_map(pages, count)
#define vunmap(at) ((void)(at))

struct page {
	unsigned long unused;
};

struct kvec {
	void *iov_base;
	size_t iov_len;
};

struct reciprocal_value {
	u32 divisor;
};
static inline struct reciprocal_value reciprocal_value(u32 divisor)
{
	return (struct reciprocal_value){ divisor };
}
static inline u32 reciprocal_divide(u32 value, struct reciprocal_value by)
{
	return value / by.divisor;
}

/* ---- bits ---- */

static inline void bitmap_set(unsigned long *map, unsigned long bit, int one)
{
	(void)one; /* the ring code sets and clears single bits */
	__asm__ __volatile__("btsq %1, %0" : "+m"(*map) : "r"(bit) : "memory", "cc");
}
static inline void bitmap_clear(unsigned long *map, unsigned long bit, int one)
{
	(void)one;
	__asm__ __volatile__("btrq %1, %0" : "+m"(*map) : "r"(bit) : "memory", "cc");
}
static inline bool test_bit(unsigned long bit, const unsigned long *map)
{
	bool set;

	__asm__ __volatile__("btq %2, %1" : "=@ccc"(set) : "m"(*map), "r"(bit) : "memory");
	return set;
}

/* ---- locks ---- */

typedef struct {
	u32 word; /* the low byte: held; BENCH_PENDING: somebody is next */
} spinlock_t;

#define spin_lock_init(lock) ((void)((lock)->word = 0))
#define spin_is_locked(lock) (READ_ONCE((lock)->word) != 0)
#define spin_lock_irqsave(lock, flags)                                       \
	do {                                                                 \
		u32 free_ = 0;                                               \
		(flags) = 0;                                                 \
		if (unlikely(!__atomic_compare_exchange_n(&(lock)->word, &free_, 1, false, __ATOMIC_ACQUIRE, \
							  __ATOMIC_RELAXED))) \
			bench_spin(&(lock)->word);                           \
	} while (0)
#define spin_unlock_irqrestore(lock, flags)                                  \
	do {                                                                 \
		(void)(flags);                                               \
		__atomic_store_n((u8 *)&(lock)->word, 0, __ATOMIC_RELEASE);  \
	} while (0)

struct mutex {
	int unused;
};
#define mutex_init(mutex) ((void)(mutex))
#define mutex_lock(mutex) ((void)(mutex))
#define mutex_unlock(mutex) ((void)(mutex))

/* ---- members that the ring code has and does not use ---- */

struct list_head {
	struct list_head *next, *prev;
};
struct completion {
	unsigned long unused[4];
};
struct tasklet_struct {
	unsigned long unused[5];
};
struct rcu_head {
	unsigned long unused[2];
};
struct kobject {
	unsigned long unused[8];
};
struct device {
	void *driver_data;
};
struct device_driver {
	unsigned long unused;
};
struct device_dma_parameters {
	unsigned long unused;
};
struct work_struct {
	unsigned long unused[4];
};
struct vm_area_struct;
struct kset;
struct dentry;
struct pci_dev;
struct resource;
struct module;
struct hv_vmbus_device_id;
#define dev_set_drvdata(device, data) ((void)((device)->driver_data = (data)))
#define dev_get_drvdata(device) ((device)->driver_data)
#define is_vmalloc_addr(at) ((void)(at), 0)
#define vmalloc_to_page(at) (at)
#define page_to_phys(page) ((uintptr_t)(page))
#define offset_in_page(at) ((uintptr_t)(at) % PAGE_SIZE)
#define __pa(at) ((uintptr_t)(at))

/* ---- drivers/hv's own header ---- */

#define MESSAGE_DELAY 0
#define hv_debug_delay_test(channel, type) ((void)(channel))

struct vmbus_channel;
struct hv_ring_buffer_info;
int hv_ringbuffer_init(struct hv_ring_buffer_info *info, struct page *pages, u32 page_count, u32 max_packet);
int hv_ringbuffer_write(struct vmbus_channel *channel, const struct kvec *pieces, u32 count, u64 request, u64 *id);

#endif
