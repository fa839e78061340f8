# SPDX-License-Identifier: MIT
#
# PENSTOCK_PLUGIN([MINIMUM-VERSION]): for the configure.ac of a plugin. Sets
# PENSTOCK_CFLAGS, PENSTOCK_PLUGIN_CFLAGS, PENSTOCK_PLUGIN_LDFLAGS,
# PENSTOCK_TESTKIT_LIBS, PENSTOCK_ABI and penstockplugindir, where the plugin is
# installed.
AC_DEFUN([PENSTOCK_PLUGIN], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])
PKG_CHECK_MODULES([PENSTOCK], [penstock-plugin m4_ifnblank([$1], [>= $1])])
PKG_CHECK_VAR([PENSTOCK_PLUGIN_CFLAGS], [penstock-plugin], [plugin_cflags])
PKG_CHECK_VAR([PENSTOCK_PLUGIN_LDFLAGS], [penstock-plugin], [plugin_ldflags])
PKG_CHECK_VAR([PENSTOCK_TESTKIT_LIBS], [penstock-plugin], [testkit_libs])
PKG_CHECK_VAR([PENSTOCK_ABI], [penstock-plugin], [abi])
PKG_CHECK_VAR([penstockplugindir], [penstock-plugin], [plugindir])
])
