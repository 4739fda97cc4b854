"""ID tokens (OpenID Connect Core 1.0, 3.1.3.7), checked by PyJWT.

allauth's own check wants a key id in every token, which a provider with one key need not send, and takes the
algorithm from the token; here only signatures with public keys count.
"""

from typing import Any

import jwt

ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
LEEWAY = 60
"""Seconds by which a provider's clock may differ."""


def verified(id_token: str, keys: dict[str, Any], *, issuer: str, client_id: str) -> dict[str, Any]:
    """The claims of a token that ``keys`` (a JWK set) signed for us. Raises jwt.PyJWTError."""
    algorithm = str(jwt.get_unverified_header(id_token).get("alg"))
    if algorithm not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError("not an algorithm that counts here")
    claims: dict[str, Any] = jwt.decode(
        id_token,
        key=key_for(id_token, keys).key,
        algorithms=[algorithm],
        audience=client_id,
        issuer=issuer,
        leeway=LEEWAY,
        options={"require": ["iss", "sub", "aud", "exp", "iat"]},
    )
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise jwt.InvalidAudienceError("made out to somebody else too")
    return claims


def key_for(id_token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    """The key that a token names; one that names none is of the only one."""
    known = jwt.PyJWKSet.from_dict(keys).keys
    name = jwt.get_unverified_header(id_token).get("kid")
    fitting = [key for key in known if key.public_key_use != "enc" and name in (None, key.key_id)]
    if len(fitting) != 1:
        raise jwt.InvalidKeyError("no key, or several, may have signed it")
    return fitting[0]
