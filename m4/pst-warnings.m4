# SPDX-License-Identifier: MIT

# PST_WARNINGS: put every wanted warning that the compiler knows into
# WARN_CFLAGS.
AC_DEFUN([PST_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
  [treat warnings as errors (developers and CI)])], [], [enable_werror=no])
WARN_CFLAGS=
for pst_flag in -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-align \
  -Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
  -Wold-style-definition -Wundef -Wvla -Wformat=2 -Wnull-dereference \
  -Wconversion -Wimplicit-fallthrough -Wswitch-enum
do
  AS_VAR_PUSHDEF([pst_cv], [pst_cv_cc$pst_flag])
  AC_CACHE_CHECK([whether $CC accepts $pst_flag], [pst_cv], [
    pst_save=$CFLAGS; CFLAGS="$CFLAGS -Werror $pst_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [AS_VAR_SET([pst_cv], [yes])], [AS_VAR_SET([pst_cv], [no])])
    CFLAGS=$pst_save])
  AS_VAR_IF([pst_cv], [yes], [WARN_CFLAGS="$WARN_CFLAGS $pst_flag"])
  AS_VAR_POPDEF([pst_cv])
done
# clang takes a va_list function's own format for a stranger's (its callers are
# checked), and two strings that stand together for a forgotten comma.
AC_CACHE_CHECK([whether $CC is clang], [pst_cv_clang],
  [AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __clang__
#error not clang
#endif
int dummy;
]])], [pst_cv_clang=yes], [pst_cv_clang=no])])
AS_VAR_IF([pst_cv_clang], [yes],
  [WARN_CFLAGS="$WARN_CFLAGS -Wno-format-nonliteral -Wno-string-concatenation"])
# What sanitizers put in confuses the analysis behind this one.
AS_VAR_IF([with_sanitizer], [no], [],
  [WARN_CFLAGS="$WARN_CFLAGS -Wno-null-dereference"])
AS_VAR_IF([enable_werror], [no], [],
  [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])
