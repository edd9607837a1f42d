"""The version of the library, part of what made every result."""

VERSION = "0.1.0"
