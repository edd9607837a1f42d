"""Tests of the Kunlun data and of what is reconciled from them."""
