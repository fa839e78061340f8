# SPDX-License-Identifier: MIT
"""Every file of etc/examples is checked, started and used once."""
import re

from lib import ports
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, test

# Each example by name, so that a new one without a test fails below.
EXAMPLES = {}


@test
def every_example_has_a_test(t):
    files = {path.name for path in
             (t.source / "etc" / "examples").glob("*.conf")}
    expect(files, "there are no examples")
    expect_equal(files, set(EXAMPLES), "examples and their tests")
