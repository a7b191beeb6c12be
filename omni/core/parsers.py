"""Bodies that are verified before they are read."""

from typing import IO, Any

from rest_framework.parsers import BaseParser

from omni.core.errors import MessageTooLong


class RawJSONParser(BaseParser):
    """
    Leave the bytes as they came: their signature comes first.

    Raises:
        MessageTooLong: more than 1 MiB, which is not read to its end.
    """

    media_type = "*/*"
    most = 1 << 20

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(self.most + 1)
        if len(body) > self.most:
            raise MessageTooLong(limit_bytes=self.most)
        return body
