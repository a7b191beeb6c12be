"""Form fields that every app shares."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget


class TranslatedWidget(forms.MultiWidget):
    """One input a language, named by it; the default language comes first."""

    template_name = "omni/admin/translated.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        inputs = {
            code: UnfoldAdminTextInputWidget({"lang": code, **(attrs or {})})
            for code, _name in settings.LANGUAGES
        }
        super().__init__(inputs, attrs)

    def decompress(self, value: Any) -> list[str]:
        texts = value if isinstance(value, dict) else {}
        return [texts.get(code, "") for code, _name in settings.LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for subwidget, (_code, language) in zip(
            context["widget"]["subwidgets"], settings.LANGUAGES, strict=True
        ):
            subwidget["language"] = language
        return context


class TranslatedFormField(forms.MultiValueField):
    """`{"ja": "…", "en": "…"}`: languages left empty are left out, the default one is demanded."""

    widget = TranslatedWidget

    def __init__(self, *, max_length: int = 2000, **options: Any) -> None:
        inputs = [forms.CharField(max_length=max_length, required=False) for _language in settings.LANGUAGES]
        super().__init__(inputs, require_all_fields=False, **options)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        codes = [code for code, _name in settings.LANGUAGES]
        texts = {code: text for code, text in zip(codes, data_list, strict=False) if text}
        if texts and settings.LANGUAGE_CODE not in texts:
            raise ValidationError(_("The default language's text is needed."), code="required")
        return texts
