"""Who may sign in: staff, shoppers, tills. Secrets are drawn once per installation and kept on disk."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from backoffice.demo import group, people
from connectors.models import Connection
from organisation import selectors as organisation
from organisation import services
from organisation.models import Location, SalesChannel, StaffAssignment, User


@dataclass(slots=True)
class Secrets:
    """
    What `demo.json` holds: `logins` to sign in with, `api_keys` by device, `members` by role.

    Readable by its owner alone. An installation whose database was thrown away gets the same
    ones again; one whose file was lost gets new ones.
    """

    path: Path
    logins: list[dict[str, str]] = field(default_factory=list)
    api_keys: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Secrets":
        try:
            kept = json.loads(path.read_text())
        except (OSError, ValueError):
            return cls(path)
        return cls(path, kept.get("logins", []), kept.get("api_keys", {}), kept.get("members", {}))

    def write(self) -> None:
        """Replace the file at once; it is never there half-written, nor readable by others."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {"logins": self.logins, "api_keys": self.api_keys, "members": self.members}
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
        draft.replace(self.path)

    def password_of(self, login: str) -> str | None:
        return next((each["password"] for each in self.logins if each["login"] == login), None)


def load_users(kept: Secrets) -> None:
    for staff in people.STAFF:
        user = _user(kept, staff.login, staff.name, staff.label, is_staff=True)
        location = Location.objects.get(code=staff.location) if staff.location else None
        StaffAssignment.objects.get_or_create(user=user, role=staff.role, location=location)
    _user(kept, people.SHOPPER_LOGIN, people.SHOPPER_NAME, "shopper", is_staff=False)


def _user(kept: Secrets, login: str, name: str, label: str, *, is_staff: bool) -> User:
    user = User.objects.filter(email=login).first()
    password = kept.password_of(login)
    if user is not None and password is not None:
        return user
    if password is None:
        password = secrets.token_urlsafe(9)
        kept.logins.append({"role": label, "login": login, "password": password})
    if user is None:
        user = User(email=login, name=name, is_staff=is_staff, is_superuser=label == "headquarters")
    user.set_password(password)
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=login, defaults={"verified": True, "primary": True})
    return user


def load_api_keys(kept: Secrets, *, now: datetime) -> None:
    stores = SalesChannel.objects.get(code=group.STORES)
    for shop in group.SHOPS:
        location = Location.objects.get(code=shop.code)
        _key(kept, f"till-{shop.code}", people.TILL_SCOPES, location, stores, now=now)
    warehouse = Location.objects.get(code=group.WAREHOUSE.code)
    _key(kept, f"warehouse-{warehouse.code}", people.WAREHOUSE_SCOPES, warehouse, None, now=now)
    sandbox = SalesChannel.objects.get(code=group.SANDBOX)
    _key(kept, group.SANDBOX, people.CONNECTOR_SCOPES, None, sandbox, now=now)


def _key(
    kept: Secrets,
    name: str,
    scopes: Sequence[str],
    location: Location | None,
    channel: SalesChannel | None,
    *,
    now: datetime,
) -> None:
    known = kept.api_keys.get(name)
    if known is not None and organisation.find_api_key(known) is not None:
        return
    _, secret = services.create_api_key(
        name=name, scopes=scopes, location=location, channel=channel, now=now, key=known
    )
    kept.api_keys[name] = secret


def load_connection(*, secret: str) -> None:
    """Connect the sandbox, wherever it listens this time."""
    if not settings.SANDBOX_URL or not secret:
        return
    Connection.objects.update_or_create(
        code=group.SANDBOX,
        defaults={
            "name": "Sandbox EC",
            "channel": SalesChannel.objects.get(code=group.SANDBOX),
            "url": settings.SANDBOX_URL,
            "secret": secret,
            "settings": {"listings": True, "shipments": True},
        },
    )
