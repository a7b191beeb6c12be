"""A pid alone tells nothing: records name a process by its start as well."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omni.embedded import processes
from omni.embedded.processes import Record

_SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    record = Record.of("web", os.getpid(), keeper="up")

    record.write(tmp_path / "web.pid")

    assert Record.read(tmp_path / "web.pid") == record
    assert record.is_alive()


def test_a_reused_pid_is_not_the_recorded_process() -> None:
    earlier = Record(name="web", pid=os.getpid(), started="another boot:1")

    assert not earlier.is_alive()


@pytest.mark.parametrize("text", ["", "123", '{"name": "web"', '{"pid": "x"}', "[]"])
def test_half_a_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "web.pid").write_text(text)

    assert Record.read(tmp_path / "web.pid") is None


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    record = Record.of("child", child.pid)

    gone = processes.wait_until(lambda: not record.is_alive(), seconds=10)

    assert child.returncode is None, "not reaped: a zombie"
    assert gone
    child.wait()


def test_ending_kills_what_does_not_listen() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()

    processes.end([processes.psutil.Process(child.pid)], patience=0.3)

    assert child.wait(timeout=5) == -signal.SIGKILL
    child.stdout.close()


def test_only_what_carries_the_tag_counts_as_launched_from_here(tmp_path: Path) -> None:
    tagged = subprocess.Popen(_SLEEP, env={**os.environ, processes.OWNER_TAG: str(tmp_path)})
    other = subprocess.Popen(_SLEEP, env={**os.environ, processes.OWNER_TAG: str(tmp_path / "other")})

    found = [process.pid for process in processes.launched_from(tmp_path)]

    assert found == [tagged.pid]
    for child in (tagged, other):
        child.kill()
        child.wait()


def test_a_persons_shell_in_a_data_directory_is_not_a_server(tmp_path: Path) -> None:
    shell = subprocess.Popen(_SLEEP, cwd=tmp_path)

    found = processes.working_in(tmp_path)

    assert found == []
    shell.kill()
    shell.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's parent-death signal")
def test_a_tied_child_dies_with_its_launcher(tmp_path: Path) -> None:
    pid_file = tmp_path / "child"
    launcher = f"""
import os, pathlib, signal, subprocess, sys, time
from omni.embedded import processes
child = subprocess.Popen({_SLEEP!r}, preexec_fn=processes.die_with_parent(signal.SIGTERM))
pathlib.Path({str(pid_file)!r}).write_text(processes.Record.of("child", child.pid).to_json())
os.kill(os.getpid(), signal.SIGKILL)
"""

    ended = subprocess.run([sys.executable, "-c", launcher], env={**os.environ, "PYTHONPATH": os.getcwd()})

    assert ended.returncode == -signal.SIGKILL
    child = Record(**json.loads(pid_file.read_text()))
    assert processes.wait_until(lambda: not child.is_alive(), seconds=5)


def test_waiting_gives_up() -> None:
    began = time.monotonic()

    assert not processes.wait_until(lambda: False, seconds=0.2)
    assert time.monotonic() - began < 5
