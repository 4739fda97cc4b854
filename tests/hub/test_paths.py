"""No path that could leave the guest's file system is ever sent to a hub."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sendense_portal.hub import Dialect, Hub, HubProtocolError, HubRejected, UnsafePath, clean_path

from .servers import ok, serving

BAD = [
    "", "etc", "partition-1/etc", "..", ".", "/..", "/.", "/partition-1/..", "/partition-1/../..", "/a/./b",
    "/a/../b", "/a/..", "/a/.", "//..//", "/..\\..\\etc", "/a\\..\\b", "\\..\\etc", "/a/..\\", "/%2e%2e/etc",
    "/%2e%2e%2fetc", "/a/%2E%2E/b", "/%252e%252e/etc", "/a/..%2f..%2fetc", "/a/..%5c..%5cetc", "/%2e/etc",
    "/a\x00b", "/a%00b", "/a\nb", "/a\rb", "/a%0d%0ab", "/a\x1bb", "/a\x7fb", "/" + "a" * 4096,
    "/" + "ä" * 2048, "/a\ud800b",
]  # fmt: skip
GOOD = {
    "/": "/",
    "//": "/",
    "/partition-1": "/partition-1",
    "/partition-1/": "/partition-1",
    "//partition-1///etc//": "/partition-1/etc",
    "/partition-1/a..b/...": "/partition-1/a..b/...",
    "/partition-1/.hidden": "/partition-1/.hidden",
    "/partition-1/..hidden": "/partition-1/..hidden",
    "/partition-1/dev-disk-by\\x2duuid.swap": "/partition-1/dev-disk-by\\x2duuid.swap",
    "/partition-1/100 % sure.txt": "/partition-1/100 % sure.txt",
    "/partition-1/a%20b": "/partition-1/a%20b",
    "/partition-1/Документы/отчёт 2025.txt": "/partition-1/Документы/отчёт 2025.txt",
    "/partition-1/e\u0301": "/partition-1/e\u0301",
    "/partition-1/é": "/partition-1/é",
    "/partition-1/-rf": "/partition-1/-rf",
    "/partition-1/CON": "/partition-1/CON",
    '/partition-1/a"b;c': '/partition-1/a"b;c',
    "/" + "a" * 4095: "/" + "a" * 4095,
}


@pytest.mark.parametrize("path", BAD)
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(UnsafePath) as caught:
        clean_path(path)
    assert caught.value.code == "unsafe_path"


@pytest.mark.parametrize("path", GOOD)
def test_safe_paths_are_kept_and_made_plain(path: str) -> None:
    assert clean_path(path) == GOOD[path]
    assert clean_path(clean_path(path)) == GOOD[path]


CALLS: dict[str, Callable[[Hub, str], object]] = {
    "files": lambda hub, path: hub.restore.files("m", path),
    "file_info": lambda hub, path: hub.restore.file_info("m", path),
    "open": lambda hub, path: hub.restore.open("m", path),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_an_unsafe_path_is_refused_before_any_call(call: Callable[[Hub, str], object]) -> None:
    with serving(lambda request, connection: ok("{}")) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for path in BAD:
            with pytest.raises(UnsafePath):
                call(hub, path)
        assert not server.connections


IDS: dict[str, Callable[[Hub, str], object]] = {
    "disks": lambda hub, name: hub.vms.disks(name),
    "storage": lambda hub, name: hub.repositories.storage(name),
    "get": lambda hub, name: hub.backups.get(name),
    "delete": lambda hub, name: hub.backups.delete(name),
    "disk_status": lambda hub, name: hub.backups.disk_status(name),
    "files": lambda hub, name: hub.restore.files(name, "/"),
    "open": lambda hub, name: hub.restore.open(name, "/x"),
    "unmount": lambda hub, name: hub.restore.unmount(name),
}


@pytest.mark.parametrize("call", IDS.values(), ids=IDS.keys())
def test_an_id_that_would_change_the_route_is_refused_before_any_call(
    call: Callable[[Hub, str], object],
) -> None:
    with serving(lambda request, connection: ok("{}")) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for name in ("", ".", "..", "a/b", "../x", "a\\b", "a\nb", "a\x00b", "a\ud800"):
            with pytest.raises(HubRejected):
                call(hub, name)
        assert not server.connections


def test_names_of_all_languages_arrive_as_they_are() -> None:
    with serving(lambda request, connection: ok("{}")) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for path in ("/partition-1/100% +&=#?ü", "/partition-1/a b"):
            with pytest.raises(HubProtocolError):
                hub.restore.file_info("m ü#?", path)
    assert [request.target for request in server.requests] == [
        "/api/v1/restore/m%20%C3%BC%23%3F/file-info?path=%2Fpartition-1%2F100%25%20%2B%26%3D%23%3F%C3%BC",
        "/api/v1/restore/m%20%C3%BC%23%3F/file-info?path=%2Fpartition-1%2Fa%20b",
    ]
