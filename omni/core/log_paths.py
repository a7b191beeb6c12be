"""Requests in the log by their route: what stands in an address may be somebody's phone number."""

import logging


class RouteInsteadOfPath(logging.Filter):
    """
    For `django.request`, which names the path of every request that failed: a till looks members up
    by phone or e-mail (`till/members/<code>/`), and logs hold no personal data.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        match = getattr(request, "resolver_match", None)
        if path and match and isinstance(record.args, tuple):
            # Django escapes what it logs.
            spellings = (path, path.encode("unicode_escape").decode("ascii"))
            shown = f"/{match.route}"
            record.args = tuple(shown if argument in spellings else argument for argument in record.args)
        return True


def hide() -> None:
    """Install it once, whatever handlers there are."""
    logger = logging.getLogger("django.request")
    if not any(isinstance(each, RouteInsteadOfPath) for each in logger.filters):
        logger.addFilter(RouteInsteadOfPath())
