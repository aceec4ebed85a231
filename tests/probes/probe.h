/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What probes are written with. A probe compiles if the target kernel has what
 * it is named for: tests/probes/some_name.c gives LIS_HAVE_SOME_NAME.
 *
 * Compilers before gcc 5 only warn about a wrong pointer type, and kernel
 * headers warn about themselves when the compiler is newer than the kernel: so
 * a type is asked for, not assigned. Probes do not see each other's results.
 *
 * The head comment is the history of what is asked for. Two of its lines mean
 * something to the build (build-aux/lis-config, build-aux/probes.mk):
 *
 *   family: <name>, required: one[, where: <probe>]   (second line of the file)
 *	One probe of this family must match (if the named probe does), or the
 *	build stops and says that it does not know this kernel.
 *   export: <name>
 *	Having the declaration is not enough: modules must be able to use it.
 */
#ifndef LIS_PROBE_H
#define LIS_PROBE_H

/* The expression, which is not evaluated, has this type (qualifiers at top level are ignored). */
#define LIS_PROBE_TYPE(expression, type) \
	extern char lis_probe_type[__builtin_types_compatible_p(__typeof__(expression), type) ? 1 : -1]

/* The struct has the member, and the member has the type. */
#define LIS_PROBE_MEMBER(structure, member, type) LIS_PROBE_TYPE(((structure *)0)->member, type)

#endif
