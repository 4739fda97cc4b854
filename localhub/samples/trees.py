"""The files inside the sample VMs: believable folders, awkward names, links, incompressible data."""

import os
import random
from collections.abc import Mapping
from pathlib import Path

MEGABYTE = 1 << 20
EPOCH = 1_762_900_000
"""Modification times count from here, so that a disk comes out the same each time it is built."""

HOSTS = "127.0.0.1 localhost\n192.0.2.10 {name}\n"
PAGE = "<!doctype html>\n<title>{number}</title>\n<p>Page {number} of the sample site.</p>\n"
ROWS = "id;customer;amount\n"


def web_tree(root: Path) -> None:
    """A web server: configuration, site, users' files, and some 100 MB that does not compress."""
    linux(root, "web01")
    write(root, {f"var/www/html/page-{n:03}.html": PAGE.format(number=n) for n in range(1, 61)})
    write(
        root,
        {
            "var/www/html/index.html": PAGE.format(number=0),
            "etc/nginx/nginx.conf": "server { listen 80; root /var/www/html; }\n",
            "home/olga/Документы/отчёт 2025.txt": "привет\n",
            "home/josé/日本語.txt": "日本\n",
            "home/josé/name with spaces.txt": "spaces\n",
            'home/josé/it\'s a "quoted" name.txt': "quotes\n",
            "home/josé/100% + plus & amp.txt": "signs\n",
            "home/josé/-leading-dash; rm.txt": "dash\n",
            "home/josé/empty.txt": "",
        },
    )
    (root / "var/empty").mkdir(parents=True)
    (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    (root / "etc/passwd-link").symlink_to("/etc/passwd")
    (root / "etc/nginx/current.conf").symlink_to("nginx.conf")
    (root / "etc/dangling").symlink_to("not/here")
    (root / "home/site").symlink_to("../var/www")
    (root / "var/run").mkdir()
    os.mkfifo(root / "var/run/queue.fifo")
    (root / "home/josé" / os.fsdecode(b"latin1-\xe9.txt")).write_text("latin 1\n")
    noise(root / "srv/backup/archive-2025.tar.zst", 64, seed=1)
    noise(root / "srv/media/film.mkv", 36, seed=2)


def database_root_tree(root: Path) -> None:
    linux(root, "db01")
    write(root, {"etc/postgresql/postgresql.conf": "data_directory = '/data/main'\n"})
    noise(root / "usr/lib/postgresql/bin/postgres", 12, seed=3)


def database_data_tree(root: Path) -> None:
    lines = "".join(f"{n};customer {n % 977};{n * 37 % 100000 / 100:.2f}\n" for n in range(200_000))
    write(root, {"main/PG_VERSION": "15\n", "export/orders.csv": ROWS + lines})
    noise(root / "main/base/16384/2619", 48, seed=4)
    (root / "main/pg_wal").mkdir()


def office_tree(root: Path) -> None:
    """A file share; FAT knows neither links nor modes."""
    write(
        root,
        {
            "Invoices/2025/Rechnung Übersicht.txt": "Summe 12,50\n",
            "Invoices/2025/summary.csv": ROWS + "1;Acme;12.50\n",
            "Photos/readme.txt": "Photos of the year.\n",
        },
    )
    noise(root / "Photos/IMG_0001.JPG", 24, seed=5)
    noise(root / "Photos/IMG_0002.JPG", 8, seed=6)


def linux(root: Path, name: str) -> None:
    """What every Linux system has."""
    write(
        root,
        {
            "etc/hostname": f"{name}\n",
            "etc/hosts": HOSTS.format(name=name),
            "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n",
            "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
            "etc/motd": f"Welcome to {name}.\n",
            "var/log/syslog": "".join(f"line {n} of {name}'s log\n" for n in range(2000)),
            "root/.bash_history": "ls\n",
        },
    )
    (root / "root").chmod(0o700)
    (root / "tmp").mkdir()


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def noise(path: Path, megabytes: int, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = random.Random(seed)  # noqa: S311 - wanted to be the same each time, not to be secret
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(source.randbytes(MEGABYTE))


def settle_times(root: Path) -> None:
    """The same times on every build, a minute apart in the order of the names."""
    for number, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        when = EPOCH + number * 60
        os.utime(path, (when, when), follow_symlinks=False)
