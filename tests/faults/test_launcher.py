"""
The whole launcher, killed in every way: the next start always works, and nothing is left running.

It runs on a checkout in small (`tests.embedded.standin`) with real servers, gunicorn, uvicorn and
Celery behind it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from omni.embedded import place, processes
from omni.embedded.checkout import Checkout
from omni.embedded.processes import Record
from tests.embedded import standin

pytestmark = pytest.mark.timeout(180)

ALL = {"postgres", "valkey", "web", "stream", "worker", "outside", "beat", "relay", "push", "sandbox"}

# The order in which these say that they started is nobody\'s.
STANDING = ("relay", "push")


def _name(process: psutil.Process) -> str:
    """What the process is called; nothing, once it has ended while we looked."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


class Launcher:
    """A checkout in small, and the launcher's commands on it."""

    def __init__(self, root: Path) -> None:
        self.checkout = Checkout(root)
        self.demo: subprocess.Popen[str] | None = None

    def command(self, *words: str, **more: str) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-m", "omni.embedded", *words, "--checkout", str(self.checkout.root)]
        own = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
        given = {name: value for name, value in os.environ.items() if name not in own}
        return subprocess.Popen(
            arguments,
            env={**given, "PYTHONPATH": str(Path(__file__).parents[2]), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **more: str) -> tuple[int, str]:
        process = self.command(*words, **more)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def start(self) -> None:
        """Start the demo and wait until it stays up."""
        self.demo = self.command("demo")
        assert self.demo.stdout
        for line in self.demo.stdout:
            if "Ctrl-C stops" in line:
                return
        pytest.fail("the demo ended instead of staying up")

    def records(self) -> dict[str, Record]:
        found = [Record.read(path) for path in self.checkout.run.glob("*.pid")]
        return {record.name: record for record in found if record and record.is_alive()}

    def left_running(self) -> list[str]:
        found = processes.launched_from(self.checkout.root)
        if home := place.existing(self.checkout):
            found += [p for name in ("postgres", "valkey") for p in processes.working_in(home / name)]
        return [name for process in found if (name := _name(process))]

    def finish(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.demo
        self.demo.send_signal(number)
        self.demo.communicate(timeout=60)
        return self.demo.returncode


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One checkout for all tests: its database cluster takes the longest to make."""
    root = tmp_path_factory.mktemp("launcher") / "clone"
    yield root
    assert Launcher(root).run("reset")[0] == 0


@pytest.fixture
def launcher(clone: Path) -> Iterator[Launcher]:
    made = Launcher(standin.make(clone))
    for name in ("commands", "done.json"):
        (made.checkout.var / name).unlink(missing_ok=True)
    yield made
    assert made.run("stop")[0] == 0
    if made.demo and made.demo.stdout:
        made.demo.wait(timeout=10)
        made.demo.stdout.close()


def _kill(record: Record) -> None:
    os.kill(record.pid, signal.SIGKILL)


def test_one_day_and_out(launcher: Launcher) -> None:
    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert "walked" in output
    assert launcher.left_running() == []
    commands = (launcher.checkout.var / "commands").read_text().split()
    assert [each for each in commands if each not in STANDING] == [
        "migrate",
        "collectstatic",
        "load_demo",
        "import_complete_journey",
        "walkthrough",
    ]


def test_the_second_run_skips_what_is_done(launcher: Launcher) -> None:
    launcher.run("demo", ONCE="1")
    (launcher.checkout.var / "commands").unlink()

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    commands = (launcher.checkout.var / "commands").read_text().split()
    assert [each for each in commands if each not in STANDING] == ["walkthrough"]


def test_a_database_made_anew_is_filled_anew(launcher: Launcher) -> None:
    launcher.run("demo", ONCE="1")
    (launcher.checkout.var / "commands").unlink()
    home = place.existing(launcher.checkout)
    assert home
    shutil.rmtree(home / "postgres")

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    commands = (launcher.checkout.var / "commands").read_text().split()
    assert commands[:3] == ["migrate", "load_demo", "import_complete_journey"]


def test_the_day_gone_wrong_is_the_status_of_once(launcher: Launcher) -> None:
    standin.make(launcher.checkout.root, walkthrough="raise SystemExit(7)")

    status, output = launcher.run("demo", ONCE="1")

    assert status == 7, output
    assert "The walkthrough failed" in output
    assert launcher.left_running() == []


def test_a_failing_step_says_what_failed_and_stops_what_was_started(launcher: Launcher) -> None:
    launcher.checkout.prepare()
    broken = launcher.checkout.var / "fail-migrate"
    broken.touch()

    status, output = launcher.run("demo", ONCE="1")
    broken.unlink()

    assert status == 1
    assert "Failed to migrate the database (exit 1)." in output
    assert "migrate broke" in output
    assert "What to do:" in output
    assert launcher.left_running() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_stops_all_that_it_started(launcher: Launcher, number: signal.Signals) -> None:
    launcher.start()
    assert set(launcher.records()) == ALL

    status = launcher.finish(number)

    assert status == 0
    assert launcher.left_running() == []
    assert list(launcher.checkout.run.glob("*.pid")) == []


def test_a_reader_that_went_away_does_not_keep_it_from_stopping(launcher: Launcher) -> None:
    """As with `make demo | head`."""
    launcher.start()
    assert launcher.demo
    assert launcher.demo.stdout
    launcher.demo.stdout.close()
    launcher.demo.stdout = None
    _kill(launcher.records()["relay"])
    assert processes.wait_until(lambda: "relay" in launcher.records(), seconds=15)

    launcher.demo.terminate()

    launcher.demo.wait(timeout=60)
    assert launcher.left_running() == []


def test_it_stops_nothing_else(launcher: Launcher) -> None:
    elsewhere = {**os.environ, processes.OWNER_TAG: str(launcher.checkout.root.with_name("other"))}
    sleep = [sys.executable, "-c", "import time; time.sleep(120)"]
    bystanders = [
        subprocess.Popen(sleep, env=elsewhere),
        subprocess.Popen(sleep, cwd=launcher.checkout.root),
    ]
    launcher.start()

    launcher.finish()

    assert [each.poll() for each in bystanders] == [None, None]
    for each in bystanders:
        each.kill()
        each.wait()


def test_every_killed_process_is_started_again(launcher: Launcher) -> None:
    launcher.start()
    before = launcher.records()
    assert set(before) == ALL

    for name, old in before.items():
        _kill(old)
        _wait_for_another(launcher, name, old)

    assert launcher.finish() == 0
    assert launcher.left_running() == []


def test_the_walkthrough_may_kill_the_worker_and_find_it_again(launcher: Launcher) -> None:
    murder = """
import json, os, pathlib, signal, time
pid_file = pathlib.Path("var/run/worker.pid")
old = json.loads(pid_file.read_text())["pid"]
os.kill(old, signal.SIGKILL)
for _ in range(100):
    time.sleep(0.1)
    if json.loads(pid_file.read_text())["pid"] != old:
        break
else:
    raise SystemExit("the worker stayed dead")
"""
    standin.make(launcher.checkout.root, walkthrough=murder)

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert "worker was killed (SIGKILL); starting it again" in output


def test_after_its_supervisor_is_killed_the_next_start_works(launcher: Launcher) -> None:
    launcher.start()
    assert launcher.demo

    launcher.finish(signal.SIGKILL)
    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert launcher.left_running() == []


def test_after_everything_is_killed_at_once_the_data_are_there(launcher: Launcher) -> None:
    launcher.start()
    url = _database_url(launcher)
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert launcher.demo
    os.kill(launcher.demo.pid, signal.SIGSTOP)  # So that it starts nothing again meanwhile.
    for record in launcher.records().values():
        _kill(record)
    launcher.finish(signal.SIGKILL)

    launcher.start()

    with psycopg.connect(_database_url(launcher)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    launcher.finish()


def test_orphans_of_a_killed_supervisor_are_ended_by_the_next_start(launcher: Launcher) -> None:
    """As on a system where the kernel doesn't tell children that their parent died."""
    launcher.checkout.prepare()
    tagged = {**os.environ, processes.OWNER_TAG: str(launcher.checkout.root)}
    sleep = [sys.executable, "-c", "import time; time.sleep(120)"]
    recorded = subprocess.Popen(sleep, start_new_session=True)
    unrecorded = subprocess.Popen(sleep, env=tagged, start_new_session=True)
    Record.of("relay", recorded.pid).write(launcher.checkout.run / "relay.pid")

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert recorded.wait(timeout=5) == -signal.SIGTERM
    assert unrecorded.wait(timeout=5) == -signal.SIGTERM


def test_a_stale_record_whose_pid_is_anothers_harms_nobody(launcher: Launcher) -> None:
    launcher.checkout.prepare()
    bystander = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True
    )
    stale = Record(name="web", pid=bystander.pid, started="an earlier boot:7")
    stale.write(launcher.checkout.run / "web.pid")

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_second_demo_in_one_clone_is_refused_plainly(launcher: Launcher) -> None:
    launcher.start()
    assert launcher.demo

    status, output = launcher.run("demo", ONCE="1")

    assert status == 1
    assert f"`make demo` is already running in this checkout (process {launcher.demo.pid})." in output
    assert launcher.run("status")[0] == 0
    assert launcher.finish() == 0


def test_stop_ends_a_demo_from_outside(launcher: Launcher) -> None:
    launcher.start()

    status, output = launcher.run("stop")

    assert status == 0, output
    assert launcher.left_running() == []
    assert launcher.run("status") == (3, "Nothing runs in this checkout.\n")


def test_two_clones_at_once(launcher: Launcher, tmp_path: Path) -> None:
    other = Launcher(standin.make(tmp_path / "other"))
    both = [launcher.command("demo", ONCE="1"), other.command("demo", ONCE="1")]

    outputs = [each.communicate(timeout=120)[0] for each in both]

    assert [each.returncode for each in both] == [0, 0], outputs
    assert other.run("reset")[0] == 0


def test_servers_from_up_are_used_and_left_running(launcher: Launcher) -> None:
    assert launcher.run("up")[0] == 0
    before = launcher.records()

    status, output = launcher.run("demo", ONCE="1")

    assert status == 0, output
    assert launcher.records() == before
    assert set(before) == {"postgres", "valkey"}
    assert launcher.run("down")[0] == 0
    assert launcher.left_running() == []


def test_env_leads_other_commands_to_the_servers(launcher: Launcher) -> None:
    status, output = launcher.run("env")
    assert status == 1
    assert "Not running: postgres, valkey." in output
    launcher.run("up")

    with psycopg.connect(_database_url(launcher)) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("omni",)


def test_a_listener_keeps_its_port_over_a_restart(launcher: Launcher) -> None:
    launcher.start()
    port = json.loads((launcher.checkout.var / "ports.json").read_text())["web"]
    launcher.finish()

    launcher.start()

    assert _answers(port)
    launcher.finish()


def _wait_for_another(launcher: Launcher, name: str, old: Record) -> None:
    def came_back() -> bool:
        now = launcher.records().get(name)
        return now is not None and now != old

    assert processes.wait_until(came_back, seconds=15), f"{name} was not started again"


def _answers(port: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2).status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def _database_url(launcher: Launcher) -> str:
    status, output = launcher.run("env")
    assert status == 0, output
    lines = dict(line.removeprefix("export ").split("=", 1) for line in output.splitlines())
    return lines["DATABASE_URL"].strip("'")


def test_a_demo_whose_make_is_killed_stops(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        f"demo:\n\t@{sys.executable} -m omni.embedded demo --checkout {launcher.checkout.root}\n"
    )
    given = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    unset = {name: value for name, value in given.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    make = subprocess.Popen(
        ["make", "demo"], cwd=tmp_path, env=unset, stdout=subprocess.DEVNULL, start_new_session=True
    )
    assert processes.wait_until(lambda: set(launcher.records()) == ALL, seconds=60)

    make.kill()
    make.wait()

    assert processes.wait_until(lambda: launcher.left_running() == [], seconds=30)
