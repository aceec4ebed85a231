# SPDX-License-Identifier: GPL-2.0-only
# Coverage of the cores by the unit tests and the kept inputs of the fuzzers: clang's source-based
# coverage, so that a line counts once however often a template was instantiated.

COVERAGE_CXX ?= clang++
coverage-out := build/coverage
coverage-common := -O1 -g -fno-omit-frame-pointer -MMD -MP -Wall -Wextra -Wno-missing-field-initializers \
	-Iinclude -I. -Ivmbus -Itests -Itests/unit -DLIS_TEST_SHARED -fsanitize=address
coverage-counted := -fprofile-instr-generate -fcoverage-mapping
coverage-core-flags := $(coverage-common) $(coverage-counted) -std=gnu++11 -ffreestanding -fno-exceptions -fno-rtti \
	-fno-threadsafe-statics
coverage-lib-flags := $(coverage-common) -std=c++17
# The toolkit and the ring are headers, compiled with their tests.
coverage-test-flags := $(coverage-lib-flags) $(coverage-counted)

coverage-core := $(sort $(wildcard vmbus/*.cpp hyperv_keyboard/*.cpp hid_hyperv/*.cpp storvsc/*.cpp))
coverage-fuzz := $(sort $(wildcard tests/fuzz/*_fuzz.cpp))
coverage-tests := $(sort $(wildcard tests/unit/*_test.cpp))
# Which need the simulated machine, as in tests/unit/unit.mk and tests/fuzz/fuzz.mk.
coverage-on-machine := $(filter tests/unit/os_% tests/unit/bus_% tests/unit/input_% tests/unit/host_% tests/fuzz/bus_% tests/fuzz/input_%,$(coverage-tests) $(coverage-fuzz))
coverage-on-toolkit := $(filter-out $(coverage-on-machine),$(coverage-tests) $(coverage-fuzz))
coverage-main := $(wildcard tests/unit/*/unit_main.cpp tests/unit/*/seeds.cpp)
coverage-library := $(filter-out $(coverage-main),$(sort $(wildcard tests/unit/os/*.cpp tests/unit/bus/*.cpp \
	tests/unit/input/*.cpp tests/host/*.cpp \
	tests/host/*/*.cpp)))
coverage-support := $(sort $(wildcard tests/unit/support/*.cpp))

coverage-object = $(patsubst %.cpp,$(coverage-out)/obj/%.o,$(1))
coverage-program = $(patsubst %.cpp,$(coverage-out)/bin/%,$(notdir $(1)))

$(call coverage-object,$(coverage-core)): coverage-flags = $(coverage-core-flags)
$(call coverage-object,$(coverage-library) $(coverage-main) $(coverage-support)): coverage-flags = $(coverage-lib-flags)
$(call coverage-object,$(coverage-tests)): coverage-flags = $(coverage-test-flags)
$(call coverage-object,$(coverage-fuzz)): coverage-flags = $(coverage-test-flags)

$(coverage-out)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(COVERAGE_CXX) $(coverage-flags) -c -o $@ $<

$(coverage-out)/obj/machine.a: $(call coverage-object,$(coverage-core) $(coverage-library))
	@rm -f $@
	@ar rcs $@ $^

$(coverage-out)/obj/main.a: $(call coverage-object,$(coverage-main))
	@rm -f $@
	@ar rcs $@ $^

coverage-link = mkdir -p $(@D) && echo '  LINK    $@' && $(COVERAGE_CXX) $(coverage-counted) -fsanitize=address

$(call coverage-program,$(filter tests/unit/%,$(coverage-on-machine))): $(coverage-out)/bin/%: \
		$(coverage-out)/obj/tests/unit/%.o $(coverage-out)/obj/main.a $(coverage-out)/obj/machine.a
	@$(coverage-link) -o $@ $^ -lgtest -lpthread

$(call coverage-program,$(filter tests/unit/%,$(coverage-on-toolkit))): $(coverage-out)/bin/%: \
		$(coverage-out)/obj/tests/unit/%.o $(call coverage-object,$(coverage-support))
	@$(coverage-link) -o $@ $^ -lgtest -lgtest_main -lpthread

$(call coverage-program,$(filter tests/fuzz/%,$(coverage-on-machine))): $(coverage-out)/bin/%: \
		$(coverage-out)/obj/tests/fuzz/%.o $(coverage-out)/obj/machine.a
	@$(coverage-link) -fsanitize=fuzzer -o $@ $^ -lgtest -lpthread

$(call coverage-program,$(filter tests/fuzz/%,$(coverage-on-toolkit))): $(coverage-out)/bin/%: \
		$(coverage-out)/obj/tests/fuzz/%.o $(call coverage-object,$(coverage-support))
	@$(coverage-link) -fsanitize=fuzzer -o $@ $^ -lgtest -lpthread

.PHONY: coverage
coverage: $(call coverage-program,$(coverage-tests) $(coverage-fuzz))
	@tests/coverage/run $^

-include $(shell find $(coverage-out)/obj -name '*.d' 2>/dev/null)
