"""What is written never takes the place of something else: a folder, a link, a device."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from competency.errors import ConfigError
from competency.files import atomic_folder, atomic_path, require_own_folder, write_text
from competency.ranking import PriorRanker, save_ranker


def test_what_may_be_replaced(tmp_path):
    require_own_folder(tmp_path / "new", "manifest.json", subject="run")
    require_own_folder(tmp_path, "manifest.json", subject="run")
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "more.txt").write_text("of that run", encoding="utf-8")
    require_own_folder(tmp_path, "manifest.json", subject="run")


def test_a_file_and_a_folder_of_other_things_stay(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("keep me", encoding="utf-8")
    for target in (letter, tmp_path):
        with pytest.raises(ConfigError, match="would be lost"):
            save_ranker(PriorRanker(), target)
    assert letter.read_text(encoding="utf-8") == "keep me"


def test_a_link_stays_and_the_file_that_it_names_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    file, link, second = tmp_path / "there" / "plan.csv", tmp_path / "link", tmp_path / "second"
    link.symlink_to(Path("there", "plan.csv"))
    second.symlink_to("link")
    write_text(link, "made through a dangling link")
    assert file.read_text() == "made through a dangling link"
    file.chmod(0o600)
    write_text(second, "replaced")
    assert file.read_text() == "replaced"
    assert file.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()
    assert second.is_symlink()
    with pytest.raises(ZeroDivisionError), atomic_path(link) as path:
        path.write_text(f"half {1 / 0}")
    assert file.read_text() == "replaced"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["link", "plan.csv", "second", "there"]


def test_folders_sockets_and_circles_of_links_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("")
    (tmp_path / "to-folder").symlink_to("folder")
    (tmp_path / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        before = sorted(tmp_path.rglob("*"))
        for name in ("folder", "to-folder", "circle", "socket", "socket/below"):
            with pytest.raises(ConfigError, match="nothing was written"):
                write_text(tmp_path / name, "lost")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_to_a_folder_stays_and_the_folder_is_replaced(tmp_path):
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "old").write_text("")
    (tmp_path / "latest").symlink_to("run-1")
    with atomic_folder(tmp_path / "latest") as folder:
        (folder / "new").write_text("")
    assert (tmp_path / "latest").is_symlink()
    assert [path.name for path in (tmp_path / "run-1").iterdir()] == ["new"]
    with (
        pytest.raises(ConfigError, match="not a folder"),
        atomic_folder(tmp_path / "run-1" / "new"),
    ):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run-1"]


def test_a_pipe_is_written_to(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "a plan")
    reader.join()
    assert read == ["a plan"]
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_nothing_is_made_of_the_null_device():
    before = Path("/dev/null").stat()
    write_text(Path("/dev/null"), "a plan")
    after = Path("/dev/null").stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


WRITE = """
from pathlib import Path
from competency.files import write_text
print("before")
write_text(Path("/dev/stdout"), "a plan\\n")
print("after")
"""


def test_standard_output_is_written_to_whatever_it_is(tmp_path):
    link, expected = os.readlink("/dev/stdout"), "before\na plan\nafter\n"  # noqa: PTH115
    command = [sys.executable, "-c", WRITE]
    piped = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert piped.stdout == expected
    with (tmp_path / "file").open("w") as file:
        subprocess.run(command, stdout=file, check=True)  # noqa: S603
    assert (tmp_path / "file").read_text() == expected
    assert os.readlink("/dev/stdout") == link  # noqa: PTH115
