# SPDX-License-Identifier: MIT
# What every plugins/NAME/Makefile.am begins with:
#
#   include $(top_srcdir)/plugins/plugin.mk
#
#   noinst_LTLIBRARIES += libNAME.la            # everything, for the tests too
#   libNAME_la_SOURCES = NAME.c NAME_parse.c NAME_parse.h
#   libNAME_la_LIBADD = $(SOME_LIBS)
#
#   pluginexec_LTLIBRARIES += NAME.la           # the module that is loaded
#   NAME_la_SOURCES =
#   NAME_la_LIBADD = libNAME.la
#   NAME_la_LDFLAGS = $(PLUGIN_LDFLAGS)
#
# Unit tests of the plugin's pure functions lie in tests/unit and are named
# here, so that they go when the plugin goes:
#
#   unit_tests += test_NAME_parse
#   test_NAME_parse_SOURCES = ../../tests/unit/test_NAME_parse.c
#   test_NAME_parse_CPPFLAGS = $(TEST_CPPFLAGS)
#   test_NAME_parse_LDADD = libNAME.la $(TEST_LIBS)
#
# and so do its fuzz targets (LLVMFuzzerTestOneInput in tests/fuzz/fuzz_X.c,
# corpus in tests/fuzz/corpus/fuzz_X/):
#
#   fuzz_targets += fuzz_X
#   fuzz_X_SOURCES = ../../tests/fuzz/fuzz_X.c
#   fuzz_X_CPPFLAGS = $(TEST_CPPFLAGS)
#   fuzz_X_LDADD = libNAME.la $(FUZZ_LIBS)
#   fuzz_X_LDFLAGS = $(FUZZ_LDFLAGS)

pluginexecdir = $(pkglibdir)/plugins
pluginexec_LTLIBRARIES =
noinst_LTLIBRARIES =
EXTRA_DIST =

# A plugin sees the contract and nothing else, and exports one symbol.
AM_CPPFLAGS = -I$(top_srcdir)/sdk/include -I$(srcdir) \
	-DPST_VERSION='"$(PACKAGE_VERSION)"'
AM_CFLAGS = $(BUILD_CFLAGS) -fvisibility=hidden
PLUGIN_LDFLAGS = -module -avoid-version -shared \
	-export-symbols $(top_srcdir)/plugins/plugin.sym $(MODULE_LDFLAGS)

TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib -I$(top_srcdir)/core \
	-I$(top_srcdir)/sdk/testkit/include $(CUNIT_CFLAGS)
KIT_LIBS = ../../sdk/libpenstock-testkit.a
TEST_LIBS = $(KIT_LIBS) ../../core/libcore.la $(CUNIT_LIBS)
unit_tests =
fuzz_targets =
check_PROGRAMS = $(unit_tests) $(fuzz_targets)
if FUZZER
FUZZ_LIBS = $(KIT_LIBS) ../../core/libcore.la
TESTS = $(unit_tests)
else
FUZZ_LIBS = ../../tests/lib/libreplay.la $(KIT_LIBS) \
	../../core/libcore.la
TESTS = $(unit_tests) $(fuzz_targets)
endif
AM_TESTS_ENVIRONMENT = PST_CORPUS='$(abs_top_srcdir)/tests/fuzz/corpus'; \
	export PST_CORPUS;

# All modules side by side, as installed, for running from the build folder.
all-local: $(pluginexec_LTLIBRARIES)
	@$(MKDIR_P) ../loadable
	@for f in $(pluginexec_LTLIBRARIES:.la=.so); do \
		ln -sf "../`basename $(subdir)`/.libs/$$f" ../loadable/; \
	done

# Modules are opened by name: their .la files serve nobody.
install-exec-hook:
	@for f in $(pluginexec_LTLIBRARIES); do \
		rm -f "$(DESTDIR)$(pluginexecdir)/$$f"; \
	done

uninstall-hook:
	@for f in $(pluginexec_LTLIBRARIES:.la=.so); do \
		rm -f "$(DESTDIR)$(pluginexecdir)/$$f"; \
	done
