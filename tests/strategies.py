"""Strategies for bad input: sound files with parts cut out, doubled or replaced, and words that readers trip over."""

from hypothesis import strategies as st

from benchmarks.fuzz_parts.targets import WORDS

words = st.sampled_from([word.encode() for word in WORDS])
pieces = st.one_of(words, st.binary(max_size=8), st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace")))


@st.composite
def mutated(draw, seeds):
    """One of the seeds after up to five edits, each at any place: insert, replace, cut out, double, or break off."""
    content = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 5))):
        at = int(draw(st.floats(0, 1)) * len(content))
        to = min(len(content), at + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["insert", "replace", "cut", "double", "break"]))
        piece = draw(pieces)
        if kind == "insert":
            content = content[:at] + piece + content[at:]
        elif kind == "replace":
            content = content[:at] + piece + content[to:]
        elif kind == "cut":
            content = content[:at] + content[to:]
        elif kind == "double":
            content = content[:to] + content[at:to] * 3 + content[to:]
        else:
            content = content[:at]
    return content
