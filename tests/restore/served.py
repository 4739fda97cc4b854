"""The portal as it runs: ``manage.py serve`` in a process of its own, with a database of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from tests.portal_process import ROOT, SETTINGS, free_port

ROWS = """
import json, sys
from django.test import Client
from sendense_portal.tenancy.models import Membership, Tenant, User
from tests.factories import make_backup, make_hub, make_vm
tenant = Tenant.objects.create(name="Acme")
person = User.objects.create_user("restorer@acme.test", "correct horse battery staple")
Membership.objects.create(user=person, tenant=tenant, role="restore_operator")
backup = make_backup(make_vm("web01", tenant, hub=make_hub(url=sys.argv[1])))
browser = Client(SERVER_NAME="127.0.0.1")
browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
answer = browser.post("/restore/open/", {"backup": str(backup.pk), "disk": "0"})
print(json.dumps({"session": browser.cookies["sessionid"].value, "files": answer.headers["Location"]}))
"""


class ServedPortal:
    """Signed in as a restore operator, with one restore point of the hub at ``hub_url`` open; ``options`` are
    those of ``manage.py serve`` in place of ``--no-sync``."""

    def __init__(self, data: Path, hub_url: str, *options: str) -> None:
        self.options = options or ("--no-sync",)
        data.mkdir(parents=True, exist_ok=True)
        self.spool = data / "spool"
        self.port = free_port()
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        self.environment = inherited | {
            "DJANGO_SETTINGS_MODULE": "sendense_portal.settings",
            "DATA_DIR": str(data),
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "FIELD_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_HTTPS": "off",
            "PYTHONPATH": str(ROOT),
        }
        self.hub_url = hub_url

    def __enter__(self) -> Self:
        self.python("manage.py", "migrate", "--verbosity", "0")
        self.python("manage.py", "collectstatic", "--verbosity", "0", "--no-input")
        made = json.loads(self.python("-c", f"import django; django.setup(){ROWS}", self.hub_url))
        self.files_path: str = made["files"]
        self.cookies = {"sessionid": made["session"]}
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(20)

    def start(self) -> None:
        """Starts the server; again after it was killed."""
        command = [sys.executable, "manage.py", "serve", *self.options, "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        self.wait_until_it_answers()

    def python(self, *arguments: str) -> str:
        """Runs Python with the portal's settings; what it prints."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                requests.get(self.url("/sign-in/"), timeout=5)
                return
            except requests.ConnectionError:
                assert time.monotonic() < until
                assert self.process.poll() is None
                time.sleep(0.1)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def file_url(self, path: str) -> str:
        """The address of a file's download."""
        return self.url(self.files_path.replace("/files/", "/file/") + f"?path={path}")

    def get(self, url: str, **headers: str) -> requests.Response:
        """A signed-in browser's request, its body not read yet."""
        return requests.get(url, cookies=self.cookies, headers=headers, stream=True, timeout=60)

    def resident_kib(self) -> int:
        """Memory of the server's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
