# SPDX-License-Identifier: GPL-2.0-only
# Our ring beside the kernel's, in user space.

bench-out := build/bench
# For both sides alike: a kernel's, as far as they change code.
bench-kernel-flags := -O2 -g -MMD -MP -Wall -ffreestanding -fno-pie -mno-sse -mno-mmx -mno-sse2 -mno-avx \
	-fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks -fno-common \
	-fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none -Itests/bench/stubs -Itests/bench
bench-c-flags := -std=gnu11 $(bench-kernel-flags)
bench-core-flags := -std=gnu++11 $(bench-kernel-flags) -fno-exceptions -fno-rtti -fno-threadsafe-statics -Wextra \
	-Wno-missing-field-initializers -Iinclude
bench-test-flags := -std=c++17 -O2 -g -MMD -MP -Wall -Wextra -fno-pie -Iinclude -Itests -Itests/bench/stubs -Itests/bench

bench-sides := $(addprefix $(bench-out)/,ring_buffer.o requests.o intree_side.o lis_side.o stubs.o ring_memory.o)

# The kernel's own: unchanged, and cut out at this moment.
$(bench-out)/intree/version: tests/bench/intree
	@tests/bench/intree $(@D)

$(bench-out)/ring_buffer.o $(bench-out)/requests.o: $(bench-out)/%.o: $(bench-out)/intree/version tests/bench/stubs/kernel.h
	@echo '  CC      $@'
	@$(CC) $(bench-c-flags) -I$(bench-out)/intree/include -c -o $@ $(bench-out)/intree/$*.c

$(bench-out)/intree_side.o: tests/bench/intree_side.c $(bench-out)/intree/version
	@echo '  CC      $@'
	@$(CC) $(bench-c-flags) -I$(bench-out)/intree/include -c -o $@ $<

$(bench-out)/lis_side.o: tests/bench/lis_side.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(or $(lis-cxx),g++) $(bench-core-flags) -c -o $@ $<

$(bench-out)/stubs.o: tests/bench/stubs/stubs.c
	@mkdir -p $(@D)
	@echo '  CC      $@'
	@$(CC) -std=gnu11 -O2 -g -MMD -MP -Wall -Wextra -fno-pie -Itests/bench/stubs -c -o $@ $<

$(bench-out)/copy.o: tests/bench/stubs/copy.c
	@mkdir -p $(@D)
	@echo '  CC      $@'
	@$(CC) $(bench-c-flags) -fno-tree-loop-distribute-patterns -c -o $@ $<

$(bench-out)/ring_memory.o: tests/unit/support/ring_memory.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@g++ $(bench-test-flags) -c -o $@ $<

$(bench-out)/ring_%.o: tests/bench/ring_%.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@g++ $(bench-test-flags) -Itests/unit -c -o $@ $<

$(bench-out)/ring_count: $(bench-out)/ring_count.o $(bench-out)/copy.o $(bench-sides)
	@echo '  LINK    $@'
	@g++ -no-pie -static -o $@ $^

$(bench-out)/ring_speed: $(bench-out)/ring_speed.o $(bench-out)/copy.o $(bench-sides)
	@echo '  LINK    $@'
	@g++ -no-pie -o $@ $^ -lbenchmark -lpthread

# Copies can be stopped, and our compare-and-swaps are counted.
$(bench-out)/wait/copy.o: tests/bench/stubs/copy.c
	@mkdir -p $(@D)
	@echo '  CC      $@'
	@$(CC) $(bench-c-flags) -fno-tree-loop-distribute-patterns -DBENCH_STOP -c -o $@ $<

$(bench-out)/wait/lis_side.o: tests/bench/lis_side.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(or $(lis-cxx),g++) $(bench-core-flags) -DLIS_TEST_SHARED -c -o $@ $<

$(bench-out)/ring_wait.o: bench-test-flags += -DLIS_TEST_SHARED
$(bench-out)/ring_wait: $(bench-out)/ring_wait.o $(addprefix $(bench-out)/wait/,copy.o lis_side.o) \
		$(filter-out %/lis_side.o,$(bench-sides))
	@echo '  LINK    $@'
	@g++ -no-pie -o $@ $^ -lpthread

bench-programs := $(addprefix $(bench-out)/,ring_count ring_speed ring_wait)

.PHONY: bench bench-ring
bench: bench-ring
bench-ring: packages $(bench-programs)
	@tests/bench/run

-include $(wildcard $(bench-out)/wait/*.d) $(wildcard $(bench-out)/*.d)
