# SPDX-License-Identifier: MIT

# PST_HARDENING: BUILD_CFLAGS for every source; PIE_CFLAGS and PIE_LDFLAGS for
# the program; MODULE_LDFLAGS for plugins. --disable-hardening turns it off.
AC_DEFUN([PST_HARDENING], [
AC_REQUIRE([PST_WARNINGS])
AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
  [leave out stack protector, fortify, PIE, relro])], [],
  [enable_hardening=yes])
HARDEN_CFLAGS= PIE_CFLAGS= PIE_LDFLAGS= MODULE_LDFLAGS=
AS_VAR_IF([enable_hardening], [no], [], [
  HARDEN_CFLAGS="-fstack-protector-strong"
  # The checks of libc want an optimizer and hide bugs from sanitizers.
  AS_CASE(["$with_sanitizer:$with_fuzzer: $CFLAGS "],
    [*" -O0 "*], [:],
    [no:no:*" -O"*],
      [HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
  PIE_CFLAGS=-fPIE
  PIE_LDFLAGS="-pie -Wl,-z,relro -Wl,-z,now"
  MODULE_LDFLAGS="-Wl,-z,relro -Wl,-z,now"])
# clang's sanitizers leave their symbols to the program: no -z defs there.
AS_CASE([$pst_cv_clang:$with_sanitizer:$with_fuzzer],
  [no:*|yes:no:no], [MODULE_LDFLAGS="$MODULE_LDFLAGS -Wl,-z,defs"])
BUILD_CFLAGS="-std=gnu11 -D_GNU_SOURCE= -pthread $WARN_CFLAGS $HARDEN_CFLAGS"
AC_SUBST([BUILD_CFLAGS])
AC_SUBST([PIE_CFLAGS])
AC_SUBST([PIE_LDFLAGS])
AC_SUBST([MODULE_LDFLAGS])
])
