"""What the platform's processes are told."""

from pathlib import Path

from omni.embedded import credentials, plan

PORTS = {"web": 8000, "stream": 8001, "sandbox": 8002}
SERVERS = {"DATABASE_URL": "postgresql://ours", "REDIS_URL": "redis://ours"}


def _environment(given: dict[str, str], servers: dict[str, str] | None = None) -> dict[str, str]:
    keys = credentials.make()
    return plan.environment(given, SERVERS if servers is None else servers, PORTS, keys, Path("/clone"))


def test_it_is_safe_by_default() -> None:
    told = _environment({})

    assert told["DEBUG"] == "0"
    assert told["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert told["EMAIL_FILE_PATH"] == "/clone/var/mail"
    assert len(told["SECRET_KEY"]) >= 50
    assert told["ALLOWED_HOSTS"] == "127.0.0.1,localhost"
    assert {told["PUBLIC_URL"], told["STREAM_URL"], told["SANDBOX_URL"]} == {
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8001",
        "http://127.0.0.1:8002",
    }


def test_the_callers_settings_win_where_they_say_something() -> None:
    told = _environment({"SECRET_KEY": "mine", "DEBUG": "", "EMAIL_BACKEND": "smtp"})

    assert (told["SECRET_KEY"], told["DEBUG"], told["EMAIL_BACKEND"]) == ("mine", "0", "smtp")


def test_the_callers_servers_stay_the_callers() -> None:
    told = _environment({"DATABASE_URL": "postgresql://mine"}, {"REDIS_URL": "redis://ours"})

    assert (told["DATABASE_URL"], told["REDIS_URL"]) == ("postgresql://mine", "redis://ours")


def test_where_things_listen_is_the_launchers_to_say() -> None:
    told = _environment({"PUBLIC_URL": "http://elsewhere", "SANDBOX_PORT": "1"})

    assert (told["PUBLIC_URL"], told["SANDBOX_PORT"]) == ("http://127.0.0.1:8000", "8002")


def test_loopback_is_not_asked_of_a_proxy() -> None:
    told = _environment({"NO_PROXY": "example.jp", "HTTP_PROXY": "http://proxy"})

    assert told["NO_PROXY"] == told["no_proxy"] == "example.jp,127.0.0.1,localhost"
