"""A request as handlers see it, and JSON bodies read as strictly as Go reads them."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

GO_TYPES: dict[type, str] = {
    str: "string",
    int: "int",
    bool: "bool",
    dict: "map[string]string",
    list: "[]string",
}
GO_WORDS: list[tuple[type, str]] = [
    (bool, "bool"), (int, "number"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"),
]  # fmt: skip


class BadBody(Exception):
    """What Go's decoder says."""


@dataclass(frozen=True)
class Request:
    """``path`` decoded; ``query`` keeps bytes that are not UTF-8 as surrogates (PEP 383)."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    authorization: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """What the route's placeholders matched."""

    def asked(self, name: str) -> str:
        """A query parameter; "" when it is not there. The first one counts."""
        found = parse_qsl(self.query, keep_blank_values=True, errors="surrogateescape")
        return next((value for key, value in found if key == name), "")

    def json(self, struct: str, **types: type) -> dict[str, Any]:
        """The body as an object with fields of these types; missing ones and null get Go's zero value.

        Raises BadBody. ``struct`` is the name that Go says in errors.
        """
        value = decoded(self.body)
        if not isinstance(value, dict):
            raise BadBody(f"json: cannot unmarshal {go_word(value)} into Go value of type handlers.{struct}")
        read: dict[str, Any] = {}
        for name, kind in types.items():
            found = value.get(name)
            if found is None:
                read[name] = kind()
            elif type(found) is kind:
                read[name] = found
            else:
                raise BadBody(
                    f"json: cannot unmarshal {go_word(found)} into Go struct field "
                    f"{struct}.{name} of type {GO_TYPES[kind]}"
                )
        return read


def decoded(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    if not text.strip():
        raise BadBody("EOF")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            raise BadBody("unexpected EOF") from None
        expecting = "object key string" if "property name" in error.msg else "value"
        raise BadBody(f"invalid character '{text[error.pos]}' looking for beginning of {expecting}") from None


def go_word(value: Any) -> str:
    return next((word for kind, word in GO_WORDS if isinstance(value, kind)), "null")
