"""Reading what was sent."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError

__all__ = ["JSONParser"]


class JSONParser(parsers.JSONParser):
    """JSON whose texts can be stored and written: half a surrogate pair (``"\\ud800"``) cannot, and is refused."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Parse the body."""
        try:
            data = super().parse(stream, media_type=media_type, parser_context=parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError("文字里有不完整的字符。") from error
        except RecursionError as error:
            raise ParseError("内容嵌套过深。") from error
        return data
