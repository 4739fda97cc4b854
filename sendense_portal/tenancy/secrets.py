"""Secrets at rest, sealed with FIELD_KEY (Fernet: AES-128-CBC with HMAC-SHA256)."""

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def seal(value: str) -> str:
    """Encrypts; an empty value stays empty, so that "none" can be told from "some"."""
    return Fernet(settings.FIELD_KEY).encrypt(value.encode()).decode() if value else ""


def unseal(sealed: str) -> str:
    """Decrypts; raises ImproperlyConfigured when FIELD_KEY is not the one it was sealed with."""
    if not sealed:
        return ""
    try:
        return Fernet(settings.FIELD_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "FIELD_KEY is not the key that the stored secrets were sealed with"
        ) from None
