"""The portal's key for manifests: made when first needed, kept sealed in the database."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from restore.models import SigningKey
from sendense_portal.tenancy import secrets


def sign(message: bytes) -> tuple[str, str]:
    """Signature and public key, in hexadecimal."""
    key = current()
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secrets.unseal(key.sealed_private_key)))
    return private.sign(message).hex(), key.public_key


def current() -> SigningKey:
    """The key that signs now."""
    return SigningKey.objects.first() or made()


def made() -> SigningKey:
    """A new key; two processes that need the first one at once agree on the earlier."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    with transaction.atomic():
        found = SigningKey.objects.select_for_update().first()
        if found:
            return found
        sealed = secrets.seal(private.private_bytes_raw().hex())
        return SigningKey.objects.create(public_key=public, sealed_private_key=sealed)
