"""A lot's trace as staff see it: tables of where it is, came from and went."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.recall import Recalled
from inventory.selectors_lots import LotMove
from omni.core.admin import ActionForm, display

# A page is for looking; `manage.py recall --csv` has every row.
SHOWN = 500


class RecallForm(ActionForm):
    number = forms.CharField(
        label=_("lot or serial number"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    sku = forms.CharField(
        label=_("SKU"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Of one article; else of all that have a lot of this number."),
    )


def tables(found: Recalled) -> dict[str, Any]:
    """The parts of a page about one lot, each with its heading."""
    trace, totals = found.trace, found.trace.totals
    return {
        "lot": f"{trace.sku} / {trace.lot}",
        "good_until": display.day(trace.expires_on),
        "blocked": display.moment(trace.blocked_at),
        "parts": [
            (
                _("All units"),
                display.table(
                    [
                        _("received"),
                        _("found"),
                        _("came back"),
                        _("sold"),
                        _("written off"),
                        _("under way"),
                        _("on hand"),
                    ],
                    [
                        [
                            display.count(units)
                            for units in (
                                totals.received,
                                totals.found,
                                totals.came_back,
                                totals.sold,
                                totals.written_off,
                                totals.under_way,
                                totals.on_hand,
                            )
                        ]
                    ],
                ),
            ),
            (_("Where it is"), _places(found)),
            (_headed(_("Who bought it"), len(found.sold)), _buyers(found)),
            (_headed(_("Movements"), len(trace.moves)), _moves(found)),
        ],
    }


def _headed(heading: Any, rows: int) -> str:
    return f"{heading} ({SHOWN} / {display.count(rows)})" if rows > SHOWN else str(heading)


def _places(found: Recalled) -> str:
    return display.table(
        [_("location"), _("on hand"), _("damaged"), _("in quality control")],
        [
            [
                one.location,
                *(display.count(units) for units in (one.on_hand, one.damaged, one.quality_control)),
            ]
            for one in found.trace.places
        ],
    )


def _buyers(found: Recalled) -> str:
    return display.table(
        [_("order"), _("sales channel"), _("date"), _("quantity"), _("customer"), _("contact")],
        [
            [
                one.order or one.document,
                one.channel or display.EMPTY,
                display.moment(one.placed_at),
                display.count(one.quantity),
                one.name or display.EMPTY,
                one.contact or display.EMPTY,
            ]
            for one in found.sold[:SHOWN]
        ],
    )


def _moves(found: Recalled) -> str:
    return display.table(
        [_("date"), _("location"), _("kind"), _("change"), _("document"), _("supplier")],
        [
            [
                display.moment(one.at),
                one.location,
                one.kind,
                f"{one.quantity:+,}",
                _document(one),
                one.supplier or display.EMPTY,
            ]
            for one in found.trace.moves[-SHOWN:]
        ],
    )


def _document(move: LotMove) -> str:
    return " ".join(part for part in (move.document, move.purchase_order, move.transfer) if part)
