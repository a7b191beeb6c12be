"""Ports are free when chosen, the same again at the next start, and another clone's never."""

import socket
from pathlib import Path

from omni.embedded.ports import HOST, Ports, is_free


def _listen(port: int = 0) -> socket.socket:
    taken = socket.socket()
    taken.bind((HOST, port))
    taken.listen()
    return taken


def test_a_chosen_port_is_remembered(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    first = ports.choose("postgres")
    ports.release_all()

    again = Ports(tmp_path / "ports.json")

    assert again.remembered("postgres") == first
    assert again.choose("postgres") == first
    again.release_all()


def test_a_port_that_was_taken_meanwhile_is_chosen_anew(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    first = ports.choose("postgres")
    ports.release_all()

    with _listen(first):
        second = ports.choose("postgres")

    assert second != first
    assert ports.remembered("postgres") == second
    ports.release_all()


def test_a_held_port_is_not_free_to_another_clone(tmp_path: Path) -> None:
    here, there = Ports(tmp_path / "here.json"), Ports(tmp_path / "there.json")
    mine = here.choose("web")

    theirs = there.choose("web")

    assert theirs != mine
    assert not is_free(mine)
    here.release_all()
    there.release_all()


def test_two_servers_of_one_clone_never_share_a_port(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    postgres = ports.choose("postgres")
    ports.release_all()

    valkey = ports.choose("valkey")

    assert valkey != postgres
    ports.release_all()


def test_a_broken_memory_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"postgres": "half')

    ports = Ports(tmp_path / "ports.json")

    assert ports.remembered("postgres") is None
    assert ports.choose("postgres") > 0
    ports.release_all()
