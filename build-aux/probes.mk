# SPDX-License-Identifier: GPL-2.0-only
# Compiles each tests/probes/*.c against the target kernel: one result file a probe, made again only
# when the probe, or what build/<release>/facts/key names (kernel, compiler, flags), has changed.
# Called by build-aux/build-modules with SRC, OUT and WERROR.

probes  := $(wildcard $(SRC)/tests/probes/*.c)
results := $(patsubst $(SRC)/tests/probes/%.c,$(OUT)/probes/%.result,$(probes))

.DELETE_ON_ERROR:
.PHONY: all
all: $(results)

# The compiler's 0: the kernel has it. 1: it has not. Anything else is no answer, nor is a compiler
# that died. A line " * export: name" in the probe asks for more: that modules may use the name.
$(OUT)/probes/%.result: $(SRC)/tests/probes/%.c $(SRC)/tests/probes/probe.h $(OUT)/facts/key
	@status=0; $(OUT)/facts/cc $(WERROR) -fsyntax-only -I$(SRC)/tests/probes $< >$(@:result=log) 2>&1 || status=$$?; \
	case $$status in \
	0) answer=yes ;; \
	1) answer=no; ! grep -E 'internal compiler error|terminated (program|with)|[Nn]o space left' $(@:result=log) || exit 1 ;; \
	*) cat $(@:result=log) >&2; exit 1 ;; \
	esac; \
	for name in $$(sed -n 's/^ \* export: //p' $<); do \
		test ! -s $(OUT)/facts/exports || grep -qx "$$name" $(OUT)/facts/exports || answer=no; \
	done; \
	echo $$answer >$@
