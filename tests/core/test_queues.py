"""Which worker takes what: nothing that waits on the outside runs beside the platform's own work."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from celery.schedules import crontab

from omni import schedule
from omni.celery import app
from omni.embedded import plan

ROOT = Path(__file__).resolve().parents[2]
# What speaks to somebody else's server.
OUTSIDE = {
    "connectors.tasks.compare",
    "connectors.tasks.poll",
    "orders.tasks.settle_unknown_payments",
    "orders.tasks.expire_orders",
    "orders.tasks.reconcile_payments",
}


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


def test_what_speaks_to_the_outside_has_its_own_queue() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert {name for name in ours if queue_of(name) == "outside"} == OUTSIDE
    assert {queue_of(name) for name in ours - OUTSIDE} == {"default"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param((ROOT / "Procfile").read_text(), id="Procfile"),
        pytest.param((ROOT / "docker-compose.yml").read_text(), id="compose"),
        pytest.param(
            "\n".join(map(" ".join, plan.commands({"web": 1, "stream": 2}, Path()).values())), id="demo"
        ),
    ],
)
def test_no_worker_takes_both(text: str) -> None:
    assert re.findall(r"--queues=(\S+)", text) == ["default", "outside"]


def test_a_tick_outlives_its_interval_and_a_clock_that_is_off() -> None:
    for tick in schedule.TICKS.values():
        every, expires = tick["schedule"], timedelta(seconds=tick["options"]["expires"])

        assert expires >= timedelta(minutes=10)
        assert expires >= (timedelta(hours=12) if isinstance(every, crontab) else every)
        assert expires <= (
            timedelta(hours=12) if isinstance(every, crontab) else max(every, timedelta(minutes=10))
        )


def test_what_a_worker_took_is_not_handed_out_again_while_it_may_still_run() -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_every_tick_is_a_task() -> None:
    app.loader.import_default_modules()

    assert {tick["task"] for tick in schedule.TICKS.values()} <= set(app.tasks)
