"""The parts of the accuracy benchmark: sets, the two sides, measures, comparing, tables."""
