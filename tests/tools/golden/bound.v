VMBUS ID  1: Class_ID = {525074dc-8985-46e2-8057-a307dc18a502} - [Dynamic Memory]
	Rel_ID=1, target_cpu=0

VMBUS ID  3: Class_ID = {0e0b6031-5213-4934-818b-38d90ced39db} - [Operating system shutdown]

VMBUS ID 12: Class_ID = {f8615163-df3e-46c5-913f-f2d2f965ed0e} - Synthetic network adapter
	Rel_ID=9, target_cpu=1
	Rel_ID=12, target_cpu=0
	Rel_ID=21, target_cpu=3

