# SPDX-License-Identifier: GPL-2.0-only
# vmbus-vmm, a virtual machine monitor whose guest finds the VMBus host of tests/host. Linked statically: it
# also runs where nothing is installed.

.PHONY: vmm
vmm: build/vmm/vmbus-vmm

VMM_CXX ?= g++
VMM_LIBS := -lext2fs -lcom_err
vmm-out := build/vmm
vmm-flags := -O2 -g -MMD -MP -std=c++17 -Wall -Wextra -Werror -Wno-missing-field-initializers -Iinclude -Itests -Itests/vmm \
	-I$(vmm-out)
vmm-obj := $(patsubst %.cpp,$(vmm-out)/%.o,$(sort $(wildcard tests/vmm/*.cpp tests/vmm/devices/*.cpp tests/host/*.cpp \
	tests/host/*/*.cpp)))

# From ACPI source language, as a C array, for each generation of virtual machines.
$(vmm-out)/dsdt%.hex: tests/vmm/dsdt.asl
	@mkdir -p $(@D)
	@echo '  IASL    $@'
	@iasl -p $(vmm-out)/dsdt$* -D GENERATION=$* -tc $< >$(vmm-out)/iasl$*.log 2>&1 || { cat $(vmm-out)/iasl$*.log; exit 1; }

$(vmm-out)/tests/vmm/acpi.o: $(vmm-out)/dsdt1.hex $(vmm-out)/dsdt2.hex

$(vmm-obj): $(vmm-out)/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(VMM_CXX) $(vmm-flags) -c -o $@ $<

$(vmm-out)/vmbus-vmm: $(vmm-obj)
	@echo '  LINK    $@'
	@$(VMM_CXX) -static -o $@.new $^ $(VMM_LIBS) -pthread
	@mv $@.new $@

-include $(vmm-obj:.o=.d)

# The command line; part of check-unit.
.PHONY: check-vmm-options
check-vmm-options: vmm
	@tests/vmm/options_test.sh

check-unit: check-vmm-options
