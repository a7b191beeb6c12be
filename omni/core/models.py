"""The claim: what makes every write from outside take effect once."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Claim(models.Model):
    """
    The frozen result of an operation that `principal` asked for under `key`.

    Written in the operation's own transaction, so a refused operation leaves none. `result`
    holds ids and figures, never personal data. `expires_at` is when it may be purged.
    """

    principal = models.CharField(_("principal"), max_length=64)
    operation = models.CharField(_("operation"), max_length=64)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.BinaryField(_("fingerprint"), max_length=16)
    result = models.JSONField(_("result"))
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["principal", "operation", "key"], name="claim_once"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="claim_expires_at")]

    def __str__(self) -> str:
        return f"{self.principal} {self.operation} {self.key}"
