"""Tests of the report in one file."""
