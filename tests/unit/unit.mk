# SPDX-License-Identifier: GPL-2.0-only
# Unit tests: cores and the simulated machine under ASan and UBSan, the lock-free
# ring under TSan as well. One program for each tests/unit/*_test.cpp.

UNIT_CXX ?= g++
unit-out := build/unit
unit-common := -O1 -g -fno-omit-frame-pointer -MMD -MP -Wall -Wextra -Wno-missing-field-initializers \
	-Iinclude -I. -Ivmbus -Itests -Itests/unit -DLIS_TEST_SHARED
unit-core-flags := $(unit-common) -std=gnu++11 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics
unit-test-flags := $(unit-common) -std=c++17
unit-asan := -fsanitize=address,undefined -fno-sanitize-recover=undefined
unit-tsan := -fsanitize=thread

unit-core-src := $(sort $(wildcard vmbus/*.cpp hyperv_keyboard/*.cpp hid_hyperv/*.cpp netvsc/*.cpp storvsc/*.cpp))
unit-lib-src := $(sort $(wildcard $(addsuffix /*.cpp,$(addprefix tests/unit/,os bus input network storage) tests/host tests/host/*)))
unit-support-src := $(sort $(wildcard tests/unit/support/*.cpp))
unit-test-src := $(sort $(wildcard tests/unit/*_test.cpp))
# These need the simulated machine, or the whole bus; the others are about the
# toolkit alone and bring the shared memory that they need.
unit-machine-src := $(filter $(addprefix tests/unit/,os_% bus_% input_% network_% storage_% host_%),$(unit-test-src))
# These are about the monitor (tests/vmm), as far as it needs no /dev/kvm.
unit-vmm-src := $(filter tests/unit/vmm_%,$(unit-test-src))
unit-vmm-lib-src := $(addprefix tests/vmm/,channel_threads.cpp control.cpp kvm.cpp loop.cpp boot_files.cpp boot_menu.cpp disk_image.cpp ext_files.cpp) \
	$(wildcard tests/host/*.cpp)
unit-toolkit-src := $(filter-out $(unit-machine-src) $(unit-vmm-src),$(unit-test-src))
unit-threads-src := $(filter tests/unit/%_threads_test.cpp,$(unit-toolkit-src) $(unit-vmm-src))

unit-object = $(patsubst %.cpp,$(unit-out)/$(1)/%.o,$(2))
unit-program = $(patsubst tests/unit/%.cpp,$(unit-out)/$(1)/%,$(2))
unit-core-obj := $(call unit-object,asan,$(unit-core-src))
unit-lib-obj := $(call unit-object,asan,$(unit-lib-src))
unit-programs := $(call unit-program,asan,$(unit-test-src)) $(call unit-program,tsan,$(unit-threads-src))

$(unit-core-obj): $(unit-out)/asan/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(UNIT_CXX) $(unit-core-flags) $(unit-asan) -c -o $@ $<

$(unit-out)/asan/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(UNIT_CXX) $(unit-test-flags) $(unit-asan) -c -o $@ $<

# Compiled once and run for seconds: the optimiser would take longer than it saves.
$(call unit-object,asan,$(unit-machine-src)): unit-test-flags += -O0

$(unit-out)/tsan/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(UNIT_CXX) $(unit-test-flags) $(unit-tsan) -c -o $@ $<

# An archive, so that a test that brings its own hooks or main() does not get ours.
$(unit-out)/asan/machine.a: $(unit-core-obj) $(unit-lib-obj)
	@rm -f $@
	@ar rcs $@ $^

$(call unit-program,asan,$(unit-machine-src)): $(unit-out)/asan/%: $(unit-out)/asan/tests/unit/%.o $(unit-out)/asan/machine.a
	@echo '  LINK    $@'
	@$(UNIT_CXX) $(unit-asan) -o $@ $^ -lgtest -lpthread

$(call unit-object,asan,$(unit-vmm-src) $(unit-vmm-lib-src)): unit-test-flags += -Itests/vmm
$(call unit-object,tsan,$(unit-vmm-src) $(unit-vmm-lib-src)): unit-test-flags += -Itests/vmm
$(unit-out)/%/vmm.a: $(foreach source,$(unit-vmm-lib-src),$(unit-out)/%/$(source:.cpp=.o))
	@rm -f $@
	@ar rcs $@ $^

$(call unit-program,asan,$(unit-vmm-src)): $(unit-out)/asan/%: $(unit-out)/asan/tests/unit/%.o $(unit-out)/asan/vmm.a
	@echo '  LINK    $@'
	@$(UNIT_CXX) $(unit-asan) -o $@ $^ $(VMM_LIBS) -lgtest -lgtest_main -lpthread

$(call unit-program,asan,$(unit-toolkit-src)): $(unit-out)/asan/%: $(unit-out)/asan/tests/unit/%.o $(call unit-object,asan,$(unit-support-src))
	@echo '  LINK    $@'
	@$(UNIT_CXX) $(unit-asan) -o $@ $^ -lgtest -lgtest_main -lpthread

$(call unit-program,tsan,$(filter $(unit-vmm-src),$(unit-threads-src))): $(unit-out)/tsan/%: $(unit-out)/tsan/tests/unit/%.o $(unit-out)/tsan/vmm.a
	@echo '  LINK    $@'
	@$(UNIT_CXX) $(unit-tsan) -o $@ $^ $(VMM_LIBS) -lgtest -lgtest_main -lpthread

$(call unit-program,tsan,$(filter $(unit-toolkit-src),$(unit-threads-src))): $(unit-out)/tsan/%: $(unit-out)/tsan/tests/unit/%.o $(call unit-object,tsan,$(unit-support-src))
	@echo '  LINK    $@'
	@$(UNIT_CXX) $(unit-tsan) -o $@ $^ -lgtest -lgtest_main -lpthread

.PHONY: unit-programs check-unit
.SECONDARY:
unit-programs: $(unit-programs)

# T=<name>: only the programs of that name, e.g. T=bus_gpadl_test.
check-unit: unit-programs
	@tests/unit/run --jobs 2 $(if $(T),$(filter %/$(T),$(unit-programs)),$(unit-programs))

-include $(shell find $(unit-out) -name '*.d' 2>/dev/null)
