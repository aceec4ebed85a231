# SPDX-License-Identifier: GPL-2.0-only
# make help names the targets.

KDIR ?= /lib/modules/$(shell uname -r)/build

# Variables that, given on the command line, are also meant for the kernel's build.
lis-kernel-variables := ARCH CROSS_COMPILE CC LD AR NM OBJCOPY HOSTCC KCFLAGS V C W CF LIS_MODULES
lis-kernel-arguments  = $(foreach v,$(lis-kernel-variables),$(if $(filter command,$(origin $(v))),'$(v)=$(value $(v))'))
lis-cxx               = $(if $(filter default undefined,$(origin CXX)),,$(CXX))

.PHONY: all modules config clean help check check-long
all: modules

modules:
	+@CXX='$(lis-cxx)' build-aux/build-modules '$(KDIR)' $(lis-kernel-arguments)

config:
	+@CXX='$(lis-cxx)' build-aux/build-modules --until config '$(KDIR)' $(lis-kernel-arguments)

clean:
	rm -rf build

-include $(sort $(wildcard tests/*/*.mk))

help:
	@echo 'make                  all modules for the running kernel, into build/<kernel release>/'
	@echo 'make KDIR=<tree>      ... for another prepared kernel tree'
	@echo '     CC= CXX= V=1     the compilers (default: the kernel'\''s own, and its g++); show commands'
	@echo 'make clean            delete build/'
	@echo 'make demo             boot a guest and show the bus at work'
	@echo 'make check            the gate: check-build check-unit check-fuzz check-install check-kunit check-system (in two parts)'
	@echo 'make check-long       the same at full length, on every kernel'
	@echo 'make check-system S=<scenario or glob> KERNEL= CPUS= GUEST=ours|intree SOAK=<seconds>'
	@echo 'make check-unit T=<program>    make fuzz T=<target> SECONDS=<n>    make check-mutants M=<glob>'
	@echo 'make check-kcsan      data races of the ring, in a kernel that looks for them'
	@echo 'make coverage         what the tests run through: table, build/coverage/index.html'
	@echo 'make bench            rings, starts, disks and network beside the kernel'\''s: bench-ring bench-boot bench-devices bench-host'
	@echo 'make vmm              build/vmm/vmbus-vmm: Hyper-V'\''s VMBus on plain KVM (tests/vmm/README.md)'
	@echo 'make check-install-guest         install.sh and the others in a Debian guest in the rig, as root'
