#!/bin/sh
# SPDX-License-Identifier: MIT
# Make ./configure from configure.ac.
cd "$(dirname "$0")" && exec autoreconf --force --install --warnings=all
