"""ID tokens of an identity provider that lies, or of another one (OpenID Connect Core 1.0, 3.1.3.7)."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from sendense_portal.sign_in.sso.tokens import verified

ISSUER, CLIENT = "https://id.acme.test", "portal"
LATER = 4_000_000_000
"""In 2096. A constant, since it is part of a test's name, which each process must find alike."""


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_set(*keys: RSAPrivateKey) -> dict[str, Any]:
    """What the provider publishes; the first key is named "0", and so on."""
    public = [json.loads(RSAAlgorithm.to_jwk(key.public_key())) for key in keys]
    return {"keys": [one | {"kid": str(number), "use": "sig"} for number, one in enumerate(public)]}


def token(key: Any, algorithm: str = "RS256", kid: str | None = "0", **changed: Any) -> str:
    """A good token, but for what is changed; None leaves a claim out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": CLIENT, "sub": "viewer", "iat": now, "exp": now + 300} | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def read(text: str, keys: dict[str, Any]) -> dict[str, Any]:
    return verified(text, keys, issuer=ISSUER, client_id=CLIENT)


def test_a_good_token_counts_with_and_without_the_name_of_its_only_key(key: RSAPrivateKey) -> None:
    for kid in ("0", None):
        assert read(token(key, kid=kid), key_set(key))["sub"] == "viewer"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://id.borealis.test"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": LATER},
        {"nbf": LATER},
        {"sub": None},
    ],
    ids=str,
)
def test_of_another_issuer_for_somebody_else_or_of_another_time_it_does_not(
    key: RSAPrivateKey, changed: dict[str, Any]
) -> None:
    with pytest.raises(jwt.PyJWTError):
        read(token(key, **changed), key_set(key))


def test_signed_by_another_key_it_does_not(key: RSAPrivateKey) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for forged in (token(other), token(other, kid="1"), token(other, kid=None)):
        with pytest.raises(jwt.PyJWTError):
            read(forged, key_set(key))
    # With several keys published, one that is not named might be any of them.
    with pytest.raises(jwt.PyJWTError):
        read(token(key, kid=None), key_set(key, other))


def test_unsigned_or_signed_with_what_everybody_knows_it_does_not(key: RSAPrivateKey) -> None:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for forged in (token(None, "none"), signed_by_secret(public), signed_by_secret(b"portal")):
        with pytest.raises(jwt.InvalidAlgorithmError):
            read(forged, key_set(key))


def signed_by_secret(secret: bytes) -> str:
    """By hand: the library refuses to sign with a public key."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"0"}').rstrip(b"=")
    payload = token(None, "none").split(".")[1].encode()
    digest = hmac.new(secret, header + b"." + payload, hashlib.sha256).digest()
    return b".".join((header, payload, base64.urlsafe_b64encode(digest).rstrip(b"="))).decode()


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "é" * 9])
def test_what_is_no_token_is_refused_too(key: RSAPrivateKey, text: str) -> None:
    with pytest.raises((jwt.PyJWTError, ValueError)):
        read(text, key_set(key))
