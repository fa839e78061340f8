# SPDX-License-Identifier: MIT

# PST_SANITIZER: --with-sanitizer=address,undefined and friends.
AC_DEFUN([PST_SANITIZER], [
AC_ARG_WITH([sanitizer], [AS_HELP_STRING([--with-sanitizer=LIST],
  [build with -fsanitize=LIST, e.g. address,undefined or thread])],
  [], [with_sanitizer=no])
AS_CASE([$with_sanitizer], [no], [], [
  AS_CASE([$with_sanitizer], [yes], [with_sanitizer=address,undefined])
  CFLAGS="$CFLAGS -fsanitize=$with_sanitizer -fno-omit-frame-pointer"
  CFLAGS="$CFLAGS -fno-sanitize-recover=all"
  LDFLAGS="$LDFLAGS -fsanitize=$with_sanitizer"
  AC_MSG_CHECKING([whether $CC links with -fsanitize=$with_sanitizer])
  AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
    AC_MSG_ERROR([--with-sanitizer=$with_sanitizer: $CC cannot do that])])])
])

# PST_FUZZER: --with-fuzzer builds tests/fuzz with clang's libFuzzer; else the
# targets get a main() that replays their corpora.
AC_DEFUN([PST_FUZZER], [
AC_ARG_WITH([fuzzer], [AS_HELP_STRING([--with-fuzzer],
  [build the fuzz targets with libFuzzer (clang)])], [], [with_fuzzer=no])
FUZZ_LDFLAGS=
AS_VAR_IF([with_fuzzer], [no], [], [
  with_fuzzer=yes
  pst_save=$LDFLAGS
  LDFLAGS="$LDFLAGS -fsanitize=fuzzer"
  AC_MSG_CHECKING([whether $CC has libFuzzer])
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return data != NULL && size == 1 && data[0] == 1 ? 0 : 0;
}
]])], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
    AC_MSG_ERROR([--with-fuzzer needs clang: ./configure CC=clang])])
  LDFLAGS=$pst_save
  CFLAGS="$CFLAGS -fsanitize=fuzzer-no-link"
  FUZZ_LDFLAGS=-fsanitize=fuzzer])
AC_SUBST([FUZZ_LDFLAGS])
AM_CONDITIONAL([FUZZER], [test "x$with_fuzzer" = xyes])
])
