"""Tills and who operates them; what they were given, and what they parked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import containing, exact
from organisation.admin.scope import AtLocations, LocationFilter
from organisation.models import ApiKey, User
from tills.models import Operator, ParkedSale, ReceiptBlock, Till
from tills.services import operators, registering
from tills.services.receipts import explain_gaps, receipt_number


class RegisterForm(ActionForm):
    api_key = forms.ModelChoiceField(
        ApiKey.objects.none(), label=_("API key"), empty_label=_("Choose"), widget=UnfoldAdminSelectWidget
    )
    code = forms.SlugField(label=_("code"), max_length=8, widget=UnfoldAdminTextInputWidget)

    def prepare(self) -> None:
        free = ApiKey.objects.filter(
            till=None,
            revoked_at=None,
            location__isnull=False,
            channel__isnull=False,
            scopes__contains=["till"],
        )
        self.fields["api_key"].queryset = free.order_by("name")  # type: ignore[attr-defined]  # a choice of models


class TrainingForm(ActionForm):
    """Asks for nothing but the click."""


@admin.register(Till)
class TillAdmin(AtLocations, ReadOnlyAdmin):
    """Devices with a drawer: whether they train, how far their days and their journals are."""

    list_display = (
        "code",
        "location",
        "mode",
        "closed_until",
        "last_sequence",
        "seen_at",
        "receipts_until",
        "offline_points",
    )
    list_select_related = ("location", "api_key")
    list_filter = (("location", LocationFilter), "training")
    ordering = ("location__code", "code")
    finders = (exact("code", "location__code"), containing("api_key__name"))
    search_help_text = _("Code of the till or the shop, or the key's name")
    actions_list = ("register",)
    actions_detail = ("train", "work")

    @column(description=_("state"))
    def mode(self, till: Till) -> str:
        return display.badge(gettext("training"), "waiting") if till.training else ""

    @form_action(
        form=RegisterForm,
        permission="tills.add_till",
        description=_("Register a till"),
        icon="add",
        primary=True,
        help=_("The device of this key gets a drawer, a day and a journal. It sells on an open day alone."),
    )
    def register(self, asked: Asked) -> str:
        def act() -> str:
            till = registering.register_till(
                api_key=asked.values["api_key"], code=asked.values["code"], actor=asked.actor, now=asked.now
            )
            return gettext("%(till)s is registered.") % {"till": till}

        return asked.once("register-till", act)

    @form_action(
        form=TrainingForm,
        permission="tills.train",
        description=_("Into training"),
        icon="school",
        when=lambda till: not till.training,
        help=_("Its receipts say that they are none: no stock, points, money or numbers are touched."),
    )
    def train(self, asked: Asked) -> str:
        return self._train(asked, training=True)

    @form_action(
        form=TrainingForm,
        permission="tills.train",
        description=_("Out of training"),
        icon="point_of_sale",
        when=lambda till: till.training,
    )
    def work(self, asked: Asked) -> str:
        return self._train(asked, training=False)

    def _train(self, asked: Asked, *, training: bool) -> str:
        def act() -> str:
            registering.set_training(till=asked.row, training=training)
            return asked.changes(["training"])

        return asked.once("train-till", act)


class PinForm(ActionForm):
    user = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("name", "email"),
        label=_("user"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
    )
    number = forms.RegexField(
        r"^[0-9A-Za-z]{1,16}\Z", label=_("staff number"), widget=UnfoldAdminTextInputWidget
    )
    pin = forms.RegexField(
        r"^\d{4,12}\Z",
        label=_("PIN"),
        help_text=_("4 to 12 digits."),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
    )


@admin.register(Operator)
class OperatorAdmin(ReadOnlyAdmin):
    """Who signs in at tills. What they may do there their roles say."""

    list_display = ("number", "user", "pin_set_at", "locked_until")
    list_select_related = ("user",)
    ordering = ("number",)
    hidden = ("pin",)
    finders = (exact("number"), containing("user__name", "user__email"))
    search_help_text = _("Staff number, name or e-mail")
    actions_list = ("give_pin",)

    @form_action(
        form=PinForm,
        permission="tills.set_pin",
        description=_("Give a PIN"),
        icon="pin",
        primary=True,
        help=_("Whoever is signed in with an older PIN no longer is."),
    )
    def give_pin(self, asked: Asked) -> str:
        def act() -> str:
            values = {name: asked.values[name] for name in ("user", "number", "pin")}
            operator = operators.set_pin(**values, now=asked.now)
            return gettext("%(operator)s can sign in at tills.") % {"operator": operator}

        return asked.once("give-pin", act)


@admin.register(ReceiptBlock)
class ReceiptBlockAdmin(AtLocations, ReadOnlyAdmin):
    """Receipt numbers that tills were given, and why some of them were never used."""

    at = ("till__location",)
    list_display = ("till", "first", "last", "given_at")
    list_select_related = ("till__location",)
    ordering = ("-pk",)
    finders = (exact("till__code"),)
    search_help_text = _("Code of the till")
    readonly_fields = ("gaps",)

    @admin.display(description=_("below the last one used, and not used"))
    def gaps(self, block: ReceiptBlock) -> str:
        gaps = explain_gaps(block)
        return display.table(
            [_("receipt"), _("reason")],
            [
                [receipt_number(block.till, number), why or gettext("not explained")]
                for number, why in gaps.items()
            ],
        )


@admin.register(ParkedSale)
class ParkedSaleAdmin(AtLocations, ReadOnlyAdmin):
    list_display = ("pk", "location", "till", "status", "note", "parked_at", "expires_at", "actor")
    list_select_related = ("location", "till__location")
    list_filter = (("location", LocationFilter), ("status", ChoicesDropdownFilter))
    ordering = ("-pk",)

    def title_of(self, row: Any) -> str:
        return f"{row.till} {row.pk}"
