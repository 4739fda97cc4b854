"""A real OpenID provider (oidc-provider-mock) in a process of its own, and a person's browser before it."""

import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import requests
from django.http import HttpResponseBase
from django.test import Client

from tests.portal_process import free_port


class ProviderProcess:
    """Vouches for whomever it is told to, which is what a hostile one would do."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "oidc_provider_mock",
            "--port",
            str(self.port),
            "--require-nonce",
            "true",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.session.get(self.issuer, timeout=1)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return self
        raise RuntimeError("the provider did not start")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        if self.process:
            self.process.terminate()
            self.process.wait(10)

    def says(self, subject: str, **claims: Any) -> None:
        """What it will claim of a subject from now on."""
        self.session.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def approve(self, address: str, subject: str) -> str:
        """A person signs in there; returns the path of the portal that they are sent back to."""
        answer = self.session.post(address, data={"sub": subject}, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"


def leave(browser: Client, start: str, **more: str) -> str:
    """From the organisation's own address to the provider's page that the portal leads to."""
    answer = browser.post(start, more)
    assert answer.status_code == 200, answer
    address = answer["Refresh"].partition("url=")[2]
    assert address
    return address


def sign_in(browser: Client, provider: ProviderProcess, start: str, subject: str) -> HttpResponseBase:
    """The whole way there and back; the last answer of the portal, not followed."""
    return browser.get(provider.approve(leave(browser, start), subject))


def asked(address: str) -> dict[str, str]:
    """The parameters of an authorization request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
