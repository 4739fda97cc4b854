"""Manifests: what they say, and what the stand-alone script finds."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backups.models import BackupType
from restore.evidence.file_lists import FileList, TakenFile
from restore.evidence.manifests import LINES, issue
from restore.evidence.standalone import verify_manifest
from restore.models import Download, Manifest, Mount, MountUse, Parcel, SigningKey
from restore.views.downloads import VERIFIER
from sendense_portal.audit.models import AuditEntry, Outcome
from tests.conftest import Cast
from tests.factories import make_backup
from tests.restore.baskets import packed
from tests.restore.evidence import handed_out, said_of
from tests.restore.test_downloads import BIG, CONTENT, body


@pytest.fixture
def taken(restorer: Client, mount: Mount, tmp_path: Path) -> tuple[Path, Path]:
    """A downloaded file and its manifest, as somebody has them on their disk."""
    return take(restorer, mount, tmp_path, "restore:file_download", BIG)


def take(browser: Client, mount: Mount, folder: Path, route: str, path: str) -> tuple[Path, Path]:
    content = body(browser.get(f"{reverse(route, args=[mount.pk])}?path={quote(path)}"))
    (folder / "download").write_bytes(content)
    answer = browser.get(reverse("restore:download_manifest", args=[Download.objects.get().pk]))
    assert answer.headers["Content-Disposition"].endswith(".manifest.json")
    (folder / "manifest.json").write_bytes(body(answer))
    return folder / "download", folder / "manifest.json"


def verify(*words: str | Path, programs: Path | None = None) -> tuple[int, str]:
    """The script as it is handed out, in a Python that knows nothing of the portal."""
    done = subprocess.run(
        [sys.executable, "-I", VERIFIER, *words],
        cwd="/", capture_output=True, text=True, check=False, env={"PATH": str(programs or "/nowhere")},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def all_right(manifest: Path, compared: str) -> str:
    facts = said_of(manifest)
    return (
        f"Signature: right\nTaken by {facts['person']} from {facts['vm']}, point of {facts['taken_at']}\n"
        f"Download: right ({compared})\n"
    )


def with_files(path: Path, files: list[dict[str, Any]]) -> Path:
    """Another manifest that lists other files."""
    other = path.with_name("other.json")
    other.write_text(json.dumps(json.loads(path.read_text()) | {"files": files}))
    return other


def signed_anew(path: Path, form: int = 2) -> Path:
    """The same whose sum and signature hold; in the first form the list is a part of what is signed."""
    envelope, own = json.loads(path.read_text()), Ed25519PrivateKey.generate()
    facts = envelope["manifest"]
    if form == 1:
        facts["files"] = envelope.pop("files")
    else:
        lines = b"".join(verify_manifest.canonical(file) + b"\n" for file in envelope["files"])
        facts["files_sha256"] = hashlib.sha256(lines).hexdigest()
    envelope["public_key"] = own.public_key().public_bytes_raw().hex()
    envelope["signature"] = own.sign(verify_manifest.canonical(envelope["manifest"])).hex()
    path.write_text(json.dumps(envelope))
    return path


def changed(path: Path, **values: Any) -> Path:
    envelope = json.loads(path.read_text())
    envelope["manifest"] |= values
    path.write_text(json.dumps(envelope))
    return path


def test_a_manifest_says_who_took_what_from_where(taken: tuple[Path, Path], cast: Cast, mount: Mount) -> None:
    manifest = said_of(taken[1])
    assert (manifest["person"], manifest["customer"]) == (str(cast.acme_restorer), "Acme")
    assert (manifest["vm"], manifest["path"], manifest["disk"]) == ("web01", BIG, 0)
    assert (manifest["partition"], manifest["approved_by"], manifest["reason"]) == (1, None, "")
    assert (manifest["size"], manifest["sha256"]) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert [point["backup"] for point in manifest["chain"]] == [str(mount.backup_id)]
    assert manifest["portal_version"] == "0.1.0"


def test_the_trail_holds_the_manifest_s_sum(taken: tuple[Path, Path]) -> None:
    entry = AuditEntry.objects.get(action="file.download", outcome=Outcome.OK)
    assert entry.parameters["manifest_sha256"] == hashlib.sha256(taken[1].read_bytes()).hexdigest()


def test_the_script_finds_all_in_order(taken: tuple[Path, Path]) -> None:
    key = SigningKey.objects.get().public_key
    code, said = verify(taken[1], taken[0], "--key", key)
    assert (code, "Signature: right" in said, "Download: right (1 file)" in said) == (0, True, True)


def test_the_script_finds_a_changed_byte(taken: tuple[Path, Path]) -> None:
    data = bytearray(taken[0].read_bytes())
    data[1000] ^= 1
    taken[0].write_bytes(data)
    code, said = verify(taken[1], taken[0])
    assert (code, "is not what was delivered" in said) == (1, True)


@pytest.mark.parametrize("change", [{"person": "somebody else"}, {"sha256": "0" * 64}, {"files_count": 0}])
def test_the_script_finds_a_changed_manifest(taken: tuple[Path, Path], change: dict[str, Any]) -> None:
    code, said = verify(changed(taken[1], **change))
    assert (code, "was changed after it was signed" in said) == (1, True)


def test_the_script_finds_another_s_signature(taken: tuple[Path, Path]) -> None:
    forged = json.loads(taken[1].read_text())
    forged["manifest"]["person"] = "nobody"
    own = Ed25519PrivateKey.generate()
    forged["public_key"] = own.public_key().public_bytes_raw().hex()
    forged["signature"] = own.sign(verify_manifest.canonical(forged["manifest"])).hex()
    taken[1].write_text(json.dumps(forged))
    assert verify(taken[1])[0] == 0, "without a key one can't know"
    code, said = verify(taken[1], "--key", SigningKey.objects.get().public_key)
    assert (code, "another key" in said) == (1, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"manifest": 1, "public_key": "zz", "signature": ""}'])
def test_the_script_says_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    code, said = verify(tmp_path / "m.json")
    assert code in (1, 2)
    assert "Traceback" not in said


def test_every_file_of_a_zip_is_in_its_manifest(restorer: Client, mount: Mount, tmp_path: Path) -> None:
    path, manifest = take(restorer, mount, tmp_path, "restore:folder_download", "/partition-1")
    files = {file["name"]: file["sha256"] for file in said_of(manifest)["files"]}
    with ZipFile(io.BytesIO(path.read_bytes())) as archive:
        inside = {i.filename for i in archive.infolist() if not i.is_dir()}
        sums = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in files}
    assert sums == files
    assert len(files) == 3
    assert all("_not-included" in name for name in inside - set(files))
    code, said = verify(manifest, path)
    assert (code, "Download: right (3 files)" in said) == (0, True), said


def test_the_script_names_the_file_of_a_zip_that_differs(
    restorer: Client, mount: Mount, tmp_path: Path
) -> None:
    path, manifest = take(restorer, mount, tmp_path, "restore:folder_download", "/partition-1")
    with ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, b"other" if name.endswith("hostname") else content)
    code, said = verify(manifest, path)
    assert (code, "etc/hostname differs from what was delivered" in said) == (1, True), said


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a program ``zstd``."""
    (tmp_path / "programs").mkdir()
    program = tmp_path / "programs" / "zstd"
    program.write_text(
        f"#!{sys.executable}\nimport sys, zstandard\n"
        "with open(sys.argv[-1], 'rb') as packed:\n"
        "    zstandard.ZstdDecompressor().copy_stream(packed, sys.stdout.buffer)\n"
    )
    program.chmod(0o755)
    return program.parent


@pytest.mark.parametrize("archive_format", ["zip", "tar.zst"])
def test_every_file_of_a_parcel_is_compared(
    restorer: Client, cast: Cast, mount: Mount, tmp_path: Path, programs: Path, archive_format: str
) -> None:
    parcel = packed(restorer, cast, mount, archive_format)
    path, manifest = tmp_path / "parcel", tmp_path / "manifest.json"
    path.write_bytes(body(restorer.get(reverse("restore:parcel_file", args=[parcel.pk]))))
    manifest.write_bytes(handed_out())
    assert verify(manifest, path, programs=programs) == (0, all_right(manifest, "3 files"))
    if archive_format == "tar.zst":
        code, said = verify(manifest, path, programs=tmp_path)
        assert (code, "right (as a whole; to compare its files one by one, install zstd" in said) == (0, True)
    files = said_of(manifest)["files"]
    other = with_files(manifest, [files[0] | {"sha256": "0" * 64}, *files[1:]])
    code, said = verify(other, path, programs=programs)
    assert (code, "the list of files was changed after it was signed" in said) == (1, True), said
    code, said = verify(signed_anew(other), path, programs=programs)
    assert (code, f"{files[0]['name']} differs from what was delivered" in said) == (1, True), said
    cut = path.read_bytes()[:-20]
    path.write_bytes(cut)
    code, said = verify(manifest, path, programs=programs)
    assert (code, "Traceback" in said) == (1, False), said


def test_a_manifest_of_the_first_form_still_holds(taken: tuple[Path, Path]) -> None:
    older = signed_anew(taken[1], form=1)
    assert verify(older, taken[0]) == (0, all_right(older, "1 file"))
    assert verify(changed(older, files=[]))[0] == 1


def test_a_list_of_any_length_is_handed_out_in_parts(restorer: Client, mount: Mount, tmp_path: Path) -> None:
    path, manifest = take(restorer, mount, tmp_path, "restore:folder_download", "/partition-1")
    row, files = Download.objects.get(), FileList()
    for number in range(5 * LINES + 1):
        files.add(TakenFile(f"a folder/{number:07} ü", number, hashlib.sha256(b"").hexdigest()))
    assert (files.file._rolled, len(list(files))) == (True, 5 * LINES + 1), "it lies on disk"  # type: ignore[attr-defined]
    issue(row, files)
    assert Manifest.objects.get().parts.count() == 6
    manifest.write_bytes(handed_out())
    assert [file["size"] for file in said_of(manifest)["files"]] == [*range(5 * LINES + 1)]
    assert Manifest.objects.get().sha256 == hashlib.sha256(handed_out()).hexdigest()
    assert verify(manifest)[0] == 0
    assert "is in the archive and not in the manifest" in verify(manifest, path)[1]


def test_a_folder_as_tar_is_compared_too(
    restorer: Client, mount: Mount, tmp_path: Path, programs: Path
) -> None:
    folder = f"/partition-1&format={quote('tar.zst')}"
    address = f"{reverse('restore:folder_download', args=[mount.pk])}?path={folder}"
    (tmp_path / "download").write_bytes(body(restorer.get(address)))
    (tmp_path / "manifest.json").write_bytes(handed_out())
    code, said = verify(tmp_path / "manifest.json", tmp_path / "download", programs=programs)
    assert (code, "Download: right (3 files)" in said) == (0, True), said


def test_a_manifest_of_several_points_names_each_with_what_it_builds_on(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    full, person = mount.backup, cast.acme_restorer
    later = make_backup(
        full.vm, backup_type=BackupType.INCREMENTAL, repository=full.repository, created_at=timezone.now()
    )
    items = [
        {"backup": str(backup.pk), "vm": full.vm.name, "disk": 0, "path": path, "file": True}
        for backup, path in ((full, "/partition-2/a"), (later, "/b"))
    ]
    parcel = Parcel.objects.create(
        tenant=cast.acme, backup=full, person=person, person_name=str(person), items=items, reason="audit 7",
        approved_by_name="second@acme.test",
    )  # fmt: skip
    handed_over = Download.objects.create(
        tenant=cast.acme, backup=full, disk_index=0, path="files.zip", items=items, kind="basket",
        parcel=parcel, person_name="somebody outside",
    )  # fmt: skip
    facts = json.loads(issue(handed_over, []).text)["manifest"]
    chains = [[point["backup"] for point in one["chain"]] for one in facts["points"]]
    assert chains == [[str(full.pk)], [str(full.pk), str(later.pk)]]
    assert [item["partition"] for item in facts["items"]] == [2, None]
    assert (facts["reason"], facts["approved_by"]) == ("audit 7", "second@acme.test")


def test_staff_s_reason_stands_in_the_manifest_of_a_basket_too(cast: Cast, mount: Mount) -> None:
    MountUse.objects.create(mount=mount, person=cast.provider_operator, reason="ticket 9")
    item = {"backup": str(mount.backup_id), "vm": "web01", "disk": 0, "path": "/a", "file": True}
    basket = Download.objects.create(
        tenant=cast.acme, backup=mount.backup, disk_index=0, path="a.zip", items=[item], kind="basket",
        person=cast.provider_operator, person_name="operator",
    )  # fmt: skip
    facts = json.loads(issue(basket, []).text)["manifest"]
    assert (facts["reason"], facts["approved_by"]) == ("ticket 9", None)


def test_a_download_that_was_not_whole_has_no_manifest(restorer: Client, mount: Mount) -> None:
    address = f"{reverse('restore:file_download', args=[mount.pk])}?path={quote(BIG)}"
    body(restorer.get(address, headers={"Range": "bytes=0-99"}))
    assert Manifest.objects.count() == 0
    row = Download.objects.get()
    assert restorer.get(reverse("restore:download_manifest", args=[row.pk])).status_code == 404


def test_the_list_leads_to_manifest_script_and_key(taken: tuple[Path, Path], restorer: Client) -> None:
    html = restorer.get(reverse("restore:download_list")).content.decode()
    assert reverse("restore:download_manifest", args=[Download.objects.get().pk]) in html
    assert SigningKey.objects.get().public_key in html
    assert SigningKey.objects.get().sealed_private_key not in html
    script = restorer.get(reverse("restore:manifest_verifier"))
    assert script.content == VERIFIER.read_bytes()


def test_the_script_s_arithmetic_is_that_of_the_library() -> None:
    for message in (b"", b"a", b"sendense" * 100):
        private = Ed25519PrivateKey.generate()
        public, signature = private.public_key().public_bytes_raw(), private.sign(message)
        assert verify_manifest.is_signed(public, signature, message)
        assert not verify_manifest.is_signed(public, signature, message + b"x")
        assert not verify_manifest.is_signed(public, signature[:-1] + b"\xff", message)
