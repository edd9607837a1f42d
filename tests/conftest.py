"""What all tests share: properties have no deadline, for a loaded machine is no defect."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

collect_ignore = ["downstream"]  # another package, with tests of its own: test_downstream.py runs them
