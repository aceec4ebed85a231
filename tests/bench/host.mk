# SPDX-License-Identifier: GPL-2.0-only
# Our host (tests/host) in process.

# As vmbus-vmm has it.
bench-host-obj := $(patsubst %.cpp,build/vmm/%.o,$(sort $(wildcard tests/host/*.cpp tests/host/*/*.cpp)))

$(bench-out)/host_speed.o: tests/bench/host_speed.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@g++ -std=c++17 -O2 -g -MMD -MP -Wall -Wextra -Wno-missing-field-initializers -Iinclude -Itests -Itests/bench -c -o $@ $<

$(bench-out)/host_speed: $(bench-out)/host_speed.o $(bench-host-obj)
	@echo '  LINK    $@'
	@g++ -o $@ $^ -lbenchmark -lpthread

.PHONY: bench-host
bench: bench-host
bench-host: packages $(bench-out)/host_speed
	@tests/bench/host
