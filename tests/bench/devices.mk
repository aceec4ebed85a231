# SPDX-License-Identifier: GPL-2.0-only
# Disk and network on our host, in a guest. STARTS= of the guest, GUEST=intree|ours|both.

# Runs inside the rig's QEMU, which brings its own C library and no other.
$(bench-out)/instructions.so: tests/bench/instructions.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@g++ -std=c++17 -O2 -g -MMD -MP -Wall -Wextra -fPIC -fvisibility=hidden -shared -static-libstdc++ -static-libgcc -o $@ $<

$(bench-out)/mark: tests/bench/mark.S
	@mkdir -p $(@D)
	@echo '  AS      $@'
	@$(CC) -nostdlib -static -o $@ $<

.PHONY: bench-devices bench-devices-programs
bench-devices-programs: vmm $(bench-out)/instructions.so $(bench-out)/mark
bench: bench-devices
bench-devices: packages bench-devices-programs
	@tests/bench/devices $(if $(STARTS),--starts $(STARTS)) $(if $(KERNEL),--kernel $(KERNEL)) $(if $(CPUS),--cpus $(CPUS)) \
		$(if $(GUEST),--guest $(GUEST)) $(if $(ROWS),--rows '$(ROWS)')
