# SPDX-License-Identifier: MIT

# PST_LIBEV: set EV_LIBS. libev has no .pc file.
AC_DEFUN([PST_LIBEV], [
AC_CHECK_HEADER([ev.h], [],
  [AC_MSG_ERROR([ev.h not found: install libev (Debian: libev-dev)])])
AC_CHECK_LIB([ev], [ev_version_major], [EV_LIBS=-lev],
  [AC_MSG_ERROR([libev not found (Debian: libev-dev)])])
AC_SUBST([EV_LIBS])
])
