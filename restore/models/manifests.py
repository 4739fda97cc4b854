"""Signed manifests, and the keys that signed them."""

from collections.abc import Iterator

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
    """The evidence of one download, never changed. The files that it lists may be very many: they lie in
    parts, so that nothing ever holds all of them."""

    download = models.OneToOneField(Download, on_delete=models.PROTECT, related_name="manifest")
    text = models.TextField()
    """JSON: what is signed, and the signature."""
    sha256 = models.CharField(max_length=64)
    """Of what is handed out; the trail holds it too."""

    def __str__(self) -> str:
        return f"manifest of {self.download_id}"

    def pieces(self) -> Iterator[bytes]:
        """The JSON as it is handed out: ``text`` with the list of files as its last value."""
        count = self.parts.count()
        if not count:
            yield self.text.encode("ascii")
            return
        yield (self.text.removesuffix("\n}\n") + ',\n "files": [\n').encode("ascii")
        for number in range(count):
            # One at a time: no cursor stays open while a slow reader takes what came before.
            text = self.parts.get(number=number).text
            yield (text if number == 0 else f",\n{text}").encode("ascii")
        yield b"\n ]\n}\n"


class ManifestPart(models.Model):
    """Some of the files of a manifest: JSON objects, one a line, with commas between them."""

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "number"], name="manifest_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of the {self.manifest}"
