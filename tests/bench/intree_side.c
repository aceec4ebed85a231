// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's ring code behind side.h. */
#include <linux/hyperv.h>
#include <hyperv_vmbus.h>

#include "side.h"

void vmbus_setevent(struct vmbus_channel *channel)
{
	(void)channel;
	bench_signal();
}

static void open_end(struct hv_ring_buffer_info *end, void *control, u32 data_bytes, u32 packet_bytes)
{
	struct page pages[1] = { { 0 } }; /* only their addresses are looked at */

	bench_mapping = control;
	bench_private(1);
	if (hv_ringbuffer_init(end, pages, data_bytes / PAGE_SIZE + 1, packet_bytes) != 0)
		bench_log("in-tree: no ring\n");
	bench_private(0);
}

void *bench_intree_open(void *control, uint32_t data_bytes)
{
	struct vmbus_channel *channel = bench_allocate(sizeof(*channel));
	struct vmbus_requestor *requestor = &channel->requestor;

	open_end(&channel->outbound, control, data_bytes, 0);
	open_end(&channel->inbound, control, data_bytes, BENCH_PACKET_BYTES);

	/* As vmbus_open() leaves it for a driver with a table of requests. */
	requestor->req_arr = bench_allocate(BENCH_REQUESTS * sizeof(*requestor->req_arr));
	requestor->req_bitmap = bench_allocate(BENCH_REQUESTS / 8);
	for (u32 i = 0; i < BENCH_REQUESTS; i++)
		requestor->req_arr[i] = i + 1;
	requestor->size = BENCH_REQUESTS;
	spin_lock_init(&requestor->req_lock);
	channel->rqstor_size = BENCH_REQUESTS;
	channel->next_request_id_callback = vmbus_next_request_id;
	channel->request_addr_callback = vmbus_request_addr;
	return channel;
}

static inline int send(void *side, const void *payload, uint32_t bytes, void *request)
{
	return vmbus_sendpacket(side, (void *)payload, bytes, (uintptr_t)request, VM_PKT_DATA_INBAND,
				VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED);
}

int bench_intree_send(void *side, const void *payload, uint32_t bytes, void *request)
{
	return send(side, payload, bytes, request);
}

uint32_t bench_intree_burst(void *side, const void *payload, uint32_t bytes, void *request, uint32_t count)
{
	uint32_t sent = 0;

	while (sent < count && send(side, payload, bytes, request) == 0)
		sent++;
	return sent;
}

uint32_t bench_intree_drain(void *side)
{
	struct vmbus_channel *channel = side;
	struct vmpacket_descriptor *packet;
	uint32_t packets = 0;

	do {
		hv_begin_read(&channel->inbound);
		foreach_vmbus_pkt(packet, channel) {
			const u64 request = channel->request_addr_callback(channel, packet->trans_id);

			if (request == VMBUS_RQST_ERROR)
				bench_log("in-tree: a request is not found\n");
			bench_consume(hv_pkt_data(packet), hv_pkt_datalen(packet), (void *)(uintptr_t)request);
			packets++;
		}
	} while (hv_end_read(&channel->inbound) != 0);
	return packets;
}
