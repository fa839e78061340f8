import sys; sys.path.insert(0,'tests/e2e')
