"""Tests of the facts and their reconciliation."""
