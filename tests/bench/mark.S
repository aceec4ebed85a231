# SPDX-License-Identifier: GPL-2.0-only
# mark begin, mark end: tells the plugin (instructions.cpp) where a sample begins and ends.
# mark: a sample of 2,000,000 instructions, one more or less, which shows that it counts.

	.macro begin
	.byte 0x0f, 0x1f, 0x80, 0x01, 'S', 'I', 'L'
	.endm
	.macro end
	.byte 0x0f, 0x1f, 0x80, 0x02, 'S', 'I', 'L'
	.endm

	.globl _start
_start:
	cmpq $1, (%rsp)			# argc
	je known
	mov 16(%rsp), %rax		# argv[1]
	cmpb $'b', (%rax)
	jne 1f
	begin
	jmp leave
1:	end
leave:	mov $60, %eax			# exit
	xor %edi, %edi
	syscall
known:	mov $1000000, %ecx
	begin
2:	dec %ecx
	jnz 2b
	end
	jmp leave
