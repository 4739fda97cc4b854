"""Signed manifests, and the keys that signed them."""

from django.db import models

from restore.models.downloads import Download


class SigningKey(models.Model):
    """A key pair of the portal (Ed25519); the newest signs, the others' signatures stay valid."""

    public_key = models.CharField(max_length=64, unique=True)
    """32 bytes in hexadecimal: what people write down."""
    sealed_private_key = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.public_key


class Manifest(models.Model):
    """The evidence of one download: JSON as it is handed out, never changed."""

    download = models.OneToOneField(Download, on_delete=models.PROTECT, related_name="manifest")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    """Of ``text``; the trail holds it too."""

    def __str__(self) -> str:
        return f"manifest of {self.download_id}"
