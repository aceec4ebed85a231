VMBUS ID  1: Class_ID = {525074dc-8985-46e2-8057-a307dc18a502} - [Dynamic Memory]
	Rel_ID=1, target_cpu=0
	No driver: module hv_balloon is not loaded

VMBUS ID  2: Class_ID = {f912ad6d-2b17-48ea-bd65-f927a61c7684} - Synthetic keyboard
	Rel_ID=2, target_cpu=0
	No driver: module hyperv-keyboard is loaded, but did not take it (see dmesg)

VMBUS ID  3: Class_ID = {44c4f61d-4444-4400-9d52-802e27ede19f} - PCI Express pass-through
	Rel_ID=3, target_cpu=0
	No driver: no module of kernel 6.12.0-test knows this class

VMBUS ID  4: Class_ID = {f8615163-df3e-46c5-913f-f2d2f965ed0e} - Synthetic network adapter
	Rel_ID=4, target_cpu=0
	No driver: module hv_netvsc or uio_hv_generic is not loaded

VMBUS ID  5: Class_ID = {f8615163-df3e-46c5-913f-f2d2f965ed0e} - Synthetic network adapter
	Rel_ID=5, target_cpu=0
	No driver: driver_override names uio_hv_generic, which did not take the device (see dmesg)

VMBUS ID  6: Class_ID = {f8615163-df3e-46c5-913f-f2d2f965ed0e} - Synthetic network adapter
	Rel_ID=6, target_cpu=0
	No driver: driver_override names a "b" \c, which is not loaded

VMBUS ID  7: Class_ID = {3375baf4-9e15-4b30-b765-67acb10d607b} - [Reserved system device]
	Rel_ID=7, target_cpu=0
	No driver: Linux has no driver for this class

VMBUS ID  8: Class_ID = {da0a7802-e377-4aac-8e77-0558eb1073f8} - Synthetic framebuffer adapter
	Rel_ID=8, target_cpu=0
	No driver: the driver that is built into the kernel did not take it (see dmesg)

VMBUS ID  9: Class_ID = {00000808-facb-11e6-bd58-64006a7986d3} - Unknown
	Rel_ID=9, target_cpu=0
	No driver: module hv_sock is not loaded

VMBUS ID 10: Class_ID = {12345678-0000-4000-8000-123456789abc} - Unknown
	Rel_ID=10, target_cpu=0
	No driver: no module of kernel 6.12.0-test knows this class

