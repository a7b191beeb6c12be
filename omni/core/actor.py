"""Who does something: named on every ledger row, event and audit entry, by id alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is `user`, `api-key`, `connection`, `command` or `system`; `key` its id or name."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def user(cls, user_id: int) -> "Actor":
        return cls("user", str(user_id))

    @classmethod
    def api_key(cls, prefix: str) -> "Actor":
        return cls("api-key", prefix)

    @classmethod
    def connection(cls, code: str) -> "Actor":
        return cls("connection", code)

    @classmethod
    def command(cls, name: str) -> "Actor":
        return cls("command", name)


SYSTEM = Actor("system", "omni")
GUEST = Actor("guest", "storefront")
