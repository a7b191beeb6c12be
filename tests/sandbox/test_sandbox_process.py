"""The program: how it starts, stops and speaks HTTP; the page that people see."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Site

ROOT = Path(__file__).resolve().parents[2]


def _run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SANDBOX_HOME": "unused"}, "SANDBOX_SECRET is not set"),
        ({"SANDBOX_HOME": "unused", "SANDBOX_SECRET": "whsec_"}, "not a Standard Webhooks secret"),
        ({"SANDBOX_SECRET": "whsec_c2VjcmV0"}, "SANDBOX_HOME is not set"),
    ],
)
def test_a_site_that_lacks_its_settings_says_which(environment: dict[str, str], reason: str) -> None:
    result = _run(**environment)

    assert result.returncode == 2
    assert reason in result.stderr


def test_a_taken_port_is_reported(site: Site, tmp_path: Path) -> None:
    port = site.url.rsplit(":", 1)[1]

    result = _run(SANDBOX_HOME=str(tmp_path / "other"), SANDBOX_SECRET="whsec_c2VjcmV0", SANDBOX_PORT=port)

    assert result.returncode == 1
    assert f"127.0.0.1:{port}: Address already in use" in result.stderr


def test_it_is_healthy_and_ends_when_asked(site: Site) -> None:
    assert site.get("/health") == {"status": "ok"}

    assert site.stop() == 0


def test_connections_are_kept_alive(site: Site) -> None:
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/health")
    connection.getresponse().read()
    socket = connection.sock

    connection.request("GET", "/health")

    assert connection.getresponse().status == 200
    assert connection.sock is socket
    connection.close()


def test_unknown_paths_and_methods_are_refused(site: Site) -> None:
    assert site.http.get("/nothing").status_code == 404
    assert site.http.delete("/api/stock").status_code == 405
    assert site.http.get("/health").status_code == 200


def test_a_body_without_a_length_is_refused(site: Site) -> None:
    answer = site.http.post("/api/sell", content=(part for part in (b"{", b"}")))

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("", "ja", "サンドボックス EC"),
        ("fr", "ja", "サンドボックス EC"),
        ("en-GB,en;q=0.9", "en", "Sandbox EC"),
        ("ja,en-US;q=0.9,en;q=0.8", "ja", "サンドボックス EC"),
        ("ja;q=0.5,en;q=0.7", "en", "Sandbox EC"),
        ("en;q=0,*", "ja", "サンドボックス EC"),
    ],
)
def test_the_page_speaks_the_readers_language(site: Site, accepted: str, language: str, words: str) -> None:
    page = site.http.get("/", headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{words}</h1>" in page.text


def test_a_person_buys_on_the_page(site: Site) -> None:
    site.push(("TEE-M", 3, 1), ("CAP", 1, 1))

    answer = site.http.post("/buy", data={"sku": "TEE-M", "quantity": "2", "q": "tee"})
    page = site.http.get(answer.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=tee&ordered=SB-000001")
    assert "SB-000001" in page.text
    assert ('data-sku="TEE-M"' in page.text, 'data-sku="CAP"' in page.text) == (True, False)
    assert "<dd>1点</dd>" in page.text
    assert site.stock("TEE-M") == (1, 1, 2)


def test_the_page_says_that_there_is_not_enough(site: Site) -> None:
    site.push(("TEE-M", 1, 1))

    answer = site.http.post("/buy", data={"sku": "TEE-M", "quantity": "2"})

    assert "在庫が足りません" in site.http.get(answer.headers["location"]).text
    assert site.stock("TEE-M") == (1, 1, 0)


def test_the_page_shows_names_as_text(site: Site) -> None:
    site.push(('<b>"x"', 0, 1))

    page = site.http.get("/", params={"q": '"x"'}).text

    assert '<b>"x"' not in page
    assert "&lt;b&gt;&quot;x&quot;" in page
    assert "<button disabled>在庫切れ</button>" in page
