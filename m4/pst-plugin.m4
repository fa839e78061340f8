# SPDX-License-Identifier: MIT

# PST_PLUGIN(NAME, [CHECKS]): build plugins/NAME unless --disable-plugin-NAME
# is given; CHECKS run only when it is built.
AC_DEFUN([PST_PLUGIN], [
AC_ARG_ENABLE([plugin-$1], [AS_HELP_STRING([--disable-plugin-$1],
  [do not build the plugin $1])], [], [enable_plugin_$1=yes])
PLUGIN_DIST_DIRS="$PLUGIN_DIST_DIRS $1"
AC_SUBST([PLUGIN_DIST_DIRS])
AC_SUBST([PLUGIN_DIRS])
AS_VAR_IF([enable_plugin_$1], [no], [],
  [PLUGIN_DIRS="$PLUGIN_DIRS $1"
  $2])
AC_CONFIG_FILES([plugins/$1/Makefile])
])

# PST_PLUGIN_OPTIONAL(NAME, VARIABLE, MODULES): likewise, but left out where
# pkg-config does not find MODULES, unless --enable-plugin-NAME is given. Sets
# VARIABLE_CFLAGS and VARIABLE_LIBS.
AC_DEFUN([PST_PLUGIN_OPTIONAL], [
m4_pushdef([pst_enable], m4_translit([enable_plugin_$1], [-], [_]))
AC_ARG_ENABLE([plugin-$1], [AS_HELP_STRING([--disable-plugin-$1],
  [do not build the plugin $1, which needs $3])], [], [pst_enable=auto])
PLUGIN_DIST_DIRS="$PLUGIN_DIST_DIRS $1"
AC_SUBST([PLUGIN_DIST_DIRS])
AC_SUBST([PLUGIN_DIRS])
AS_VAR_IF([pst_enable], [no], [],
  [PKG_CHECK_MODULES([$2], [$3], [PLUGIN_DIRS="$PLUGIN_DIRS $1"],
    [AS_VAR_IF([pst_enable], [yes], [AC_MSG_ERROR([$1 needs $3])],
      [AC_MSG_NOTICE([the plugin $1 is left out: it needs $3])])])])
AC_CONFIG_FILES([plugins/$1/Makefile])
m4_popdef([pst_enable])
])

# PST_PLUGIN_ABI: set ABI to the version that plugin.h declares.
AC_DEFUN([PST_PLUGIN_ABI], [
AC_MSG_CHECKING([plugin ABI])
pst_header=$srcdir/sdk/include/penstock/plugin.h
pst_major=`$SED -n 's/^#define PST_ABI_MAJOR \(@<:@0-9@:>@*\)u$/\1/p' "$pst_header"`
pst_minor=`$SED -n 's/^#define PST_ABI_MINOR \(@<:@0-9@:>@*\)u$/\1/p' "$pst_header"`
AS_IF([test -z "$pst_major" || test -z "$pst_minor"],
  [AC_MSG_ERROR([$pst_header does not say PST_ABI_MAJOR and PST_ABI_MINOR])])
ABI=$pst_major.$pst_minor
AC_SUBST([ABI])
AC_MSG_RESULT([$ABI])
])
