"""What all tests share: linear algebra on one thread, and properties without a deadline."""

import os

# Before NumPy is imported. Several threads of BLAS for each worker of pytest wait for each other in busy loops: the
# tests of forecasters took several times as long. tests/test_golden.py and tests/test_blas.py ask for two.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

# a loaded machine is no defect
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

collect_ignore = ["downstream"]  # another package, with tests of its own: test_downstream.py runs them
