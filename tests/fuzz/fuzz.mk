# SPDX-License-Identifier: GPL-2.0-only
# Fuzzers: tests/fuzz/<target>_fuzz.cpp, libFuzzer with ASan and UBSan. Inputs that
# are kept lie in tests/fuzz/corpus/<target>, new ones in build/fuzz/corpus/<target>.

FUZZ_CXX ?= clang++
# A short run of each target, in seconds.
FUZZ_SECONDS ?= 25
fuzz-out := build/fuzz
fuzz-common := -O1 -g -fno-omit-frame-pointer -MMD -MP -Wall -Wextra -Wno-missing-field-initializers \
	-Iinclude -I. -Ivmbus -Itests -Itests/unit -DLIS_TEST_SHARED -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
fuzz-core-flags := $(fuzz-common) -fsanitize=fuzzer-no-link -std=gnu++11 -ffreestanding -fno-exceptions -fno-rtti \
	-fno-threadsafe-statics
# Coverage of the host model and the simulated machine would only distract.
fuzz-lib-flags := $(fuzz-common) -std=c++17

fuzz-core-obj := $(patsubst %.cpp,$(fuzz-out)/%.o,$(sort $(wildcard vmbus/*.cpp hyperv_keyboard/*.cpp hid_hyperv/*.cpp netvsc/*.cpp storvsc/*.cpp)))
fuzz-lib-obj := $(patsubst %.cpp,$(fuzz-out)/%.o,$(filter-out %/unit_main.cpp %/seeds.cpp,\
	$(sort $(wildcard tests/unit/os/*.cpp tests/unit/bus/*.cpp tests/unit/input/*.cpp tests/unit/network/*.cpp tests/unit/storage/*.cpp tests/host/*.cpp \
	tests/host/*/*.cpp))))
fuzz-support-obj := $(patsubst %.cpp,$(fuzz-out)/%.o,$(sort $(wildcard tests/unit/support/*.cpp)))
fuzz-targets := $(sort $(patsubst tests/fuzz/%_fuzz.cpp,%,$(wildcard tests/fuzz/*_fuzz.cpp)))
fuzz-programs := $(addprefix $(fuzz-out)/,$(fuzz-targets))

$(fuzz-core-obj): $(fuzz-out)/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(FUZZ_CXX) $(fuzz-core-flags) -c -o $@ $<

$(fuzz-lib-obj) $(fuzz-support-obj): $(fuzz-out)/%.o: %.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(FUZZ_CXX) $(fuzz-lib-flags) -c -o $@ $<

$(fuzz-out)/tests/fuzz/%.o: tests/fuzz/%.cpp
	@mkdir -p $(@D)
	@echo '  CXX     $@'
	@$(FUZZ_CXX) $(fuzz-lib-flags) -fsanitize=fuzzer-no-link -c -o $@ $<

$(fuzz-out)/machine.a: $(fuzz-core-obj) $(fuzz-lib-obj)
	@rm -f $@
	@ar rcs $@ $^

# The host's network is what a target looks at.
$(filter $(fuzz-out)/tests/host/network/%,$(fuzz-lib-obj)): fuzz-lib-flags += -fsanitize=fuzzer-no-link

# Targets of the ring bring their own shared memory, as their unit tests do.
$(filter $(fuzz-out)/ring_%,$(fuzz-programs)): $(fuzz-out)/%: $(fuzz-out)/tests/fuzz/%_fuzz.o $(fuzz-support-obj)
	@echo '  LINK    $@'
	@$(FUZZ_CXX) -fsanitize=fuzzer,address,undefined -o $@ $^ -lgtest -lpthread

$(filter-out $(fuzz-out)/ring_%,$(fuzz-programs)): $(fuzz-out)/%: $(fuzz-out)/tests/fuzz/%_fuzz.o $(fuzz-out)/machine.a
	@echo '  LINK    $@'
	@$(FUZZ_CXX) -fsanitize=fuzzer,address,undefined -o $@ $^ -lgtest -lpthread

.PHONY: check-fuzz fuzz
check-fuzz: $(fuzz-programs)
	@tests/fuzz/run --seconds $(FUZZ_SECONDS) --jobs 2 $(fuzz-targets)

# make fuzz T=bus_actions SECONDS=3600
fuzz: $(if $(T),$(addprefix $(fuzz-out)/,$(T)),$(fuzz-programs))
	@tests/fuzz/run --seconds $(or $(SECONDS),60) --jobs 2 $(or $(T),$(fuzz-targets))

-include $(shell find $(fuzz-out) -name '*.d' 2>/dev/null)
