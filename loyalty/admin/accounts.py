from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from customers import selectors as customers
from customers.admin.finding import persons
from loyalty import selectors
from loyalty import services as loyalty
from loyalty.models import PointAccount, PointEntry, PointLot
from omni.core import clock
from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.limits import MOST_UNITS

RECENT = 30


class PointsForm(ActionForm):
    points = forms.IntegerField(
        label=_("points"),
        min_value=-MOST_UNITS,
        max_value=MOST_UNITS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("With a minus they are taken, soonest-expiring first."),
    )
    reason = forms.CharField(label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget)

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points == 0:
            raise ValidationError(_("The change can't be zero."), code="not-zero")
        return points


class MemberPointsForm(PointsForm):
    """For a member who may have no account yet."""

    field_order = ("member", "points", "reason")
    member = forms.CharField(
        label=_("member"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Member number, phone or e-mail"),
    )

    def clean_member(self) -> Any:
        member = customers.find_member(code=self.cleaned_data["member"])
        if member is None:
            raise ValidationError(_("There is no such member."), code="unknown")
        return member


class LotInline(ReadOnlyInline):
    model = PointLot
    fields = (
        "source",
        "issued",
        "active",
        "pending",
        "spent",
        "expired",
        "clawed_back",
        "held",
        "expires_at",
    )
    ordering = ("expires_at", "pk")


@admin.register(PointAccount)
class PointAccountAdmin(ReadOnlyAdmin):
    list_display = ("owner", "programme", "kind", "balance", "pending", "shortfall")
    list_select_related = ("customer__person", "programme")
    list_filter = (("kind", ChoicesDropdownFilter), ("programme", RelatedDropdownFilter))
    ordering = ("-pk",)
    finders = (persons("customer__person"),)
    search_help_text = _("Member number, phone, e-mail, name or kana")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("programme", "kind"),
                    "customer",
                    ("balance", "pending", "shortfall"),
                    "person_balance",
                )
            },
        ),
        (_("Latest entries"), {"fields": ("entries_table",)}),
    )
    readonly_fields = ("person_balance", "entries_table")
    inlines = (LotInline,)
    summary = ("balance", "pending", "shortfall")
    actions_list = ("adjust_member",)
    actions_detail = ("adjust_points",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "customer__person__id__exact" or bool(super().lookup_allowed(lookup, value, request))

    def title_of(self, row: PointAccount) -> str:
        return f"{row.programme} / {self.owner(row)}"

    @column(description=_("customer"), ordering="customer__family_name_kana")
    def owner(self, account: PointAccount) -> str:
        return str(account.customer.person) if account.customer else str(account.get_kind_display())

    @column(description=_("the person's points"))
    def person_balance(self, account: PointAccount) -> str:
        """Over every record that was merged into the person."""
        if account.customer is None:
            return display.EMPTY
        held = selectors.balance_of(
            account.customer.person_id, now=clock.now(), programme_id=account.programme_id
        )
        return _("%(balance)s（can be spent: %(available)s、held: %(held)s、pending: %(pending)s）") % {
            name: display.count(getattr(held, name)) for name in ("balance", "available", "held", "pending")
        }

    @column(description=_("entries"))
    def entries_table(self, account: PointAccount) -> str:
        rows: QuerySet[PointEntry] = (
            PointEntry.objects.filter(account=account).select_related("transaction").order_by("-id")[:RECENT]
        )
        headers = [
            _("date"),
            _("kind"),
            _("bucket"),
            _("points"),
            _("balance after"),
            _("source"),
            _("reason"),
        ]
        return display.table(headers, [self._entry(entry) for entry in rows])

    def _entry(self, entry: PointEntry) -> list[Any]:
        posted = entry.transaction
        return [
            display.moment(entry.occurred_at),
            posted.get_kind_display(),
            entry.get_bucket_display(),
            f"{entry.points:+,}",
            display.count(entry.balance_after),
            display.source(posted.source),
            posted.reason or display.EMPTY,
        ]

    @form_action(
        form=PointsForm,
        permission="loyalty.adjust_points",
        description=_("Adjust points"),
        icon="edit",
        when=lambda account: account.kind == PointAccount.Kind.MEMBER,
        primary=True,
    )
    def adjust_points(self, asked: Asked) -> str:
        account = asked.row
        loyalty.adjust_points(
            customer_id=account.customer_id,
            programme_id=account.programme_id,
            points=asked.values["points"],
            reason=asked.values["reason"],
            claim=asked.claim("adjust-points"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["balance", "pending", "shortfall"])

    @form_action(
        form=MemberPointsForm,
        permission="loyalty.adjust_points",
        description=_("Adjust a member's points"),
        icon="edit",
        primary=True,
    )
    def adjust_member(self, asked: Asked) -> str:
        member = asked.values["member"]
        done = loyalty.adjust_points(
            customer_id=member.pk,
            points=asked.values["points"],
            reason=asked.values["reason"],
            claim=asked.claim("adjust-points"),
            actor=asked.actor,
            now=asked.now,
        )
        before, after = done.balance - done.points, done.balance
        return f"{member}: {display.count(before)} → {display.count(after)}"
