"""Japanese is the default language: every text that our code marks for people has it."""

import ast
import gettext
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from inventory.admin.count_forms import AssignForm
from inventory.admin.discrepancies import Owner as OwnerFilter
from inventory.models import (
    ClosingLine,
    CostPool,
    Discrepancy,
    OwnedStock,
    ReceiptCost,
    SupplyTerm,
    Valuation,
)
from storefront import messages
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "omni",
    "organisation",
    "catalog",
    "customers",
    "inventory",
    "loyalty",
    "promotions",
    "orders",
    "tills",
    "connectors",
    "storefront",
    "backoffice",
)
CATALOGUES = (ROOT / "locale", ROOT / "locale" / "unfold")
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
IN_TEMPLATES = re.compile(r"""{%\s*trans(?:late)?\s+(["'])(.+?)\1""")


def folder(root: Path) -> Path:
    return root / "ja" / "LC_MESSAGES"


def japanese() -> gettext.GNUTranslations:
    with (folder(CATALOGUES[0]) / "django.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


def marked() -> Iterator[tuple[str, str]]:
    """(file, text) of every text marked in Python and in templates."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    given = [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)]
                    if node.func.id in MARKERS and node.args and isinstance(node.args[0], ast.Constant):
                        yield path.name, given[0]
                    elif node.func.id in IN_CONTEXT and len(given) > 1:
                        yield path.name, f"{given[0]}\x04{given[1]}"
        for path in (ROOT / package).rglob("templates/**/*.html"):
            for found in IN_TEMPLATES.finditer(path.read_text()):
                yield path.name, found.group(2)


def test_every_marked_text_is_in_japanese() -> None:
    known = japanese()._catalog
    keys = {key[0] if isinstance(key, tuple) else key for key in known}

    missing = sorted({f"{file}: {text}" for file, text in marked() if text not in keys})

    assert missing == []


@pytest.mark.parametrize("root", CATALOGUES, ids=["ours", "unfold"])
def test_what_is_compiled_is_what_is_written(root: Path) -> None:
    """The compiled catalogue is committed, so that no machine needs gettext: it must not fall behind."""
    with (folder(root) / "django.mo").open("rb") as compiled:
        held = {text for text in gettext.GNUTranslations(compiled)._catalog.values() if text}
    written = re.findall(r'^msgstr(?:\[0\])? "(.+)"$', (folder(root) / "django.po").read_text(), re.MULTILINE)
    plain = {text.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\") for text in written}

    assert len(plain) > 50
    assert plain - held == set()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("ja", "手持ち在庫"), ("en", "On hand")])
def test_the_admin_speaks_the_readers_language(client: Client, language: str, word: str) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    factories.stock(factories.variant(), factories.location(), 1)

    page = client.get(reverse("admin:inventory_stocklevel_changelist"), headers={"accept-language": language})

    assert word in page.content.decode()
    assert page["Content-Language"] == language


@pytest.mark.django_db
def test_japanese_is_what_who_asks_for_nothing_gets(client: Client) -> None:
    page = client.get(reverse("admin:login"))

    assert page["Content-Language"] == "ja"
    assert "ログイン" in page.content.decode()


def test_who_owns_stock_is_not_who_looks_after_a_discrepancy() -> None:
    with translation.override("ja"):
        of_stock = {
            str(model._meta.get_field("owner").verbose_name)
            for model in (OwnedStock, SupplyTerm, ReceiptCost, CostPool, Valuation, ClosingLine)
        }
        of_work = {
            str(Discrepancy._meta.get_field("owner").verbose_name),
            str(OwnerFilter.title),
            str(AssignForm.declared_fields["owner"].label),
        }

    assert (of_stock, of_work) == ({"所有者"}, {"担当者"})


# One word for each thing: what is written on the left is not said otherwise anywhere.
ONE_TERM = {"差異": "不一致", "台帳": "元帳", "発送予定": "お届け予定"}


@pytest.mark.parametrize(("term", "other"), ONE_TERM.items())
def test_one_thing_has_one_word(term: str, other: str) -> None:
    said = "".join(japanese()._catalog.values()) + json.dumps(messages.catalogue("ja"), ensure_ascii=False)

    assert term in said
    assert other not in said
