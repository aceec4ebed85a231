// SPDX-License-Identifier: GPL-2.0-only
/* lis_os: small memory, pages, and their mappings. */
#include <compat/compat.h>

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <lis/os.h>

#define LIS_MAX_PAGES 65536

struct lis_os_pages {
	uint32_t count;
	struct page *page[];
};

void *lis_os_alloc(uint32_t size)
{
	return kzalloc(size, GFP_KERNEL);
}

void lis_os_free(void *memory)
{
	kfree(memory);
}

static bool pages_in_vmalloc(uint32_t count)
{
	return sizeof(struct lis_os_pages) + count * sizeof(struct page *) > PAGE_SIZE;
}

static void pages_forget(struct lis_os_pages *pages)
{
	if (pages_in_vmalloc(pages->count))
		vfree(pages);
	else
		kfree(pages);
}

struct lis_os_pages *lis_os_pages_alloc(uint32_t count)
{
	size_t size = sizeof(struct lis_os_pages) + count * sizeof(struct page *);
	struct lis_os_pages *pages;
	uint32_t i;

	BUILD_BUG_ON(PAGE_SIZE != 4096);
	if (count == 0 || count > LIS_MAX_PAGES)
		return NULL;
	pages = pages_in_vmalloc(count) ? vmalloc(size) : kmalloc(size, GFP_KERNEL);
	if (!pages)
		return NULL;
	pages->count = count;
	for (i = 0; i < count; i++) {
		pages->page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages->page[i])
			goto free;
	}
	return pages;

free:
	while (i--)
		__free_page(pages->page[i]);
	pages_forget(pages);
	return NULL;
}

void lis_os_pages_free(struct lis_os_pages *pages)
{
	uint32_t i;

	if (!pages)
		return;
	for (i = 0; i < pages->count; i++)
		__free_page(pages->page[i]);
	pages_forget(pages);
}

void lis_os_pages_abandon(struct lis_os_pages *pages)
{
	if (pages)
		pages_forget(pages);
}

uint32_t lis_os_pages_count(const struct lis_os_pages *pages)
{
	return pages->count;
}

uint64_t lis_os_pages_frame(const struct lis_os_pages *pages, uint32_t index)
{
	return page_to_pfn(pages->page[index]);
}

void *lis_os_pages_address(const struct lis_os_pages *pages, uint32_t index)
{
	return page_address(pages->page[index]);
}

void *lis_os_pages_map(const struct lis_os_pages *pages, uint32_t first, uint32_t count)
{
	return vmap((struct page **)&pages->page[first], count, VM_MAP, PAGE_KERNEL);
}

void *lis_os_pages_map_ring(const struct lis_os_pages *pages, uint32_t first, uint32_t count)
{
	struct page *const *from = &pages->page[first];
	uint32_t data = count - 1;
	struct page **twice;
	void *address;

	twice = vmalloc((1 + 2 * data) * sizeof(*twice));
	if (!twice)
		return NULL;
	twice[0] = from[0];
	memcpy(&twice[1], &from[1], data * sizeof(*twice));
	memcpy(&twice[1 + data], &from[1], data * sizeof(*twice));
	address = vmap(twice, 1 + 2 * data, VM_MAP, PAGE_KERNEL);
	vfree(twice);
	return address;
}

void lis_os_unmap(void *address)
{
	if (address)
		vunmap(address);
}
