"""What the fuzzer tries: one reader a target, and the files that it starts from."""
