"""What is in an archive."""

import io
import tarfile
import zipfile

import zstandard


def contents(data: bytes, archive_format: str) -> dict[str, bytes]:
    """Files by name without the archive's own folder and the points'."""
    if archive_format == "zip":
        packed = zipfile.ZipFile(io.BytesIO(data))
        found = {info.filename: packed.read(info) for info in packed.infolist() if not info.is_dir()}
    else:
        plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            found = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]
    return found
