"""What is told and not answered."""

from threading import Thread

from omni.core import valkey

ADD = valkey.packed("RPUSH", "test:told", "it")


def test_what_is_told_arrives_without_an_answer() -> None:
    valkey.client().delete("test:told")

    valkey.tell(ADD + ADD)

    # Another connection is served in its own time.
    assert valkey.client().blpop(["test:told"], timeout=5) == (b"test:told", b"it")
    assert valkey.client().blpop(["test:told"], timeout=5) == (b"test:told", b"it")


def test_a_line_that_the_server_dropped_is_opened_anew() -> None:
    valkey.client().delete("test:told")
    valkey.tell(ADD)
    valkey.client().blpop(["test:told"], timeout=5)
    host, port = valkey._line.connection._sock.getsockname()
    valkey.client().client_kill(f"{host}:{port}")

    # The first is lost without a word: the other side's end is learnt by it.
    for _ in range(3):
        valkey.tell(ADD)

    assert valkey.client().blpop(["test:told"], timeout=5) is not None


def test_a_thread_that_came_and_went_takes_no_place_in_the_pool() -> None:
    valkey.client().delete("test:told")
    before = valkey.client().connection_pool._created_connections

    for _ in range(3):
        thread = Thread(target=valkey.tell, args=(ADD,))
        thread.start()
        thread.join()

    assert valkey.client().connection_pool._created_connections <= max(before, 1)
    for _ in range(3):
        assert valkey.client().blpop(["test:told"], timeout=5) is not None
