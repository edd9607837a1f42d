"""Only plain files of bounded size are read, and of a folder only what lies in it."""

import os
import socket

import pytest

from forecast.errors import FactsError
from forecast.files import content_of, inside, text_of
from forecast.limits import raised


def refusal(call, *given):
    with pytest.raises(FactsError) as caught:
        call(*given)
    return str(caught.value)


def test_a_plain_file_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf12345")
    assert content_of(path, "table_bytes", FactsError) == b"\xef\xbb\xbf12345"
    assert text_of(path, "table_bytes", FactsError, "") == "12345"
    with raised(table_bytes=8):
        assert len(content_of(path, "table_bytes", FactsError)) == 8
    with raised(table_bytes=7):
        assert refusal(content_of, path, "table_bytes", FactsError) == (
            "'a.csv' has 8 bytes; at most 7 are read. If it is right and you trust it, read it inside: "
            "with forecast.limits.raised(table_bytes=8)."
        )


def test_what_is_no_plain_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero", "."):
        assert "is not a plain file. Give a file; folders, devices and pipes are not read." in refusal(
            content_of, tmp_path / name, "table_bytes", FactsError
        )
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        assert "cannot be opened" in refusal(content_of, tmp_path / "s", "table_bytes", FactsError)


def test_a_file_that_cannot_be_opened_says_why(tmp_path):
    assert refusal(content_of, tmp_path / "none", "table_bytes", FactsError) == (
        f"there is no file '{tmp_path / 'none'}'. Look at its name and folder."
    )
    assert "embedded null" in refusal(content_of, tmp_path / "a\0b", "table_bytes", FactsError)


def test_the_encoding_that_was_seen_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a\nb\nKöln".encode("latin-1"))
    assert refusal(text_of, path, "table_bytes", FactsError, "Save it.") == (
        "'a.csv' cannot be read as a text: it is not in UTF-8 (line 3). Save it."
    )
    path.write_bytes("a\nb".encode("utf-16"))
    assert "it is in UTF-16. Save it." in refusal(text_of, path, "table_bytes", FactsError, "Save it.")


def test_a_path_that_leads_out_of_the_folder_is_refused(tmp_path):
    home = tmp_path / "home"
    (home / "deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    (home / "own").write_text("o")
    (home / "to_own").symlink_to("own")
    (home / "absolute").symlink_to(tmp_path / "secret")
    (home / "relative").symlink_to("../secret")
    (home / "deep" / "up").symlink_to("..")
    (home / "chain").symlink_to("absolute")
    (home / "loop").symlink_to("loop")
    (tmp_path / "other").symlink_to(home)
    assert inside(home, "own", FactsError) == home / "own"
    assert inside(home, "to_own", FactsError) == home / "to_own"
    assert inside(home, "deep/up/own", FactsError) == home / "deep/up/own"
    assert inside(tmp_path / "other", "own", FactsError) == tmp_path / "other" / "own"  # the folder may be a link
    for name in ("absolute", "relative", "chain", "../secret", str(tmp_path / "secret")):
        assert refusal(inside, home, name, FactsError) == (
            f"{name}: it is a link that leads out of the folder, to '{(tmp_path / 'secret').resolve()}'. "
            "Put the file itself there."
        )
