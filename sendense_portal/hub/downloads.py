"""The bytes of one file on their way from the hub, checked to be all of them."""

from __future__ import annotations

from types import TracebackType

import requests
import urllib3

from .errors import Code, HubCutShort, HubProtocolError, HubRejected

_CUT = "The hub stopped sending before the file was whole."


class Download:
    """A file's bytes: `.length` if announced, `.read()` until b"". May be read in another thread than it was
    opened in.

    The hub cuts every answer about 15 s after its request; a cut raises `HubCutShort` at the read that meets
    it.
    """

    def __init__(self, response: requests.Response, name: str) -> None:
        self._response = response
        self._raw: urllib3.HTTPResponse = response.raw
        self._ended = False
        try:
            self.length = self._announced(response, name)
        except BaseException:
            response.close()
            raise

    @staticmethod
    def _announced(response: requests.Response, name: str) -> int | None:
        """The length, or None for a chunked body; refuses answers whose end could not be told from a cut."""
        headers = response.headers
        if headers.get("Content-Encoding", "identity") != "identity":
            raise HubProtocolError(Code.BAD_ANSWER, "The hub packs a file although this was not asked for.")
        disposition = headers.get("Content-Disposition", "").encode("latin-1", "replace")
        if headers.get("Content-Type") == "application/zip" and disposition.endswith(
            f'"{name}.zip"'.encode()
        ):
            # Asked for a folder, the hub packs it by itself, links followed (reference 8.4).
            raise HubRejected(Code.NOT_A_FILE, "This is a folder, not a file.")
        if "chunked" in headers.get("Transfer-Encoding", "").lower():
            return None
        length = headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise HubProtocolError(Code.BAD_ANSWER, "The hub does not say where the file ends.")
        return int(length)

    def read(self, n: int = 1 << 20) -> bytes:
        """Up to `n` bytes; b"" once at the true end. `HubCutShort` if the body ended before, or stalled."""
        if self._ended:
            return b""
        try:
            data: bytes = self._raw.read(n, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self.close()
            raise HubCutShort(Code.CUT_SHORT, _CUT, detail=repr(error)) from error
        if not data:
            if self._raw.length_remaining:
                self.close()
                raise HubCutShort(Code.CUT_SHORT, _CUT)
            self._ended = True
        return data

    def close(self) -> None:
        """Let the connection go; may be called more than once."""
        self._ended = True
        self._response.close()

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
