"""Downloads from a server on loopback that fails as servers do."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pooch
import pytest
import yaml

from tractable.contracts import BadInput
from tractable.recordings import download

CLIP = np.random.default_rng(0).bytes(1_000_000)
OTHER = np.random.default_rng(1).bytes(1_000_000)


class Handler(BaseHTTPRequestHandler):
    """Serves one clip by ranges, as web hosts do; ``server`` says how it fails."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        held, start = self.server.held, 0
        if self.path == "/busy.mp4":
            return self.send_error(503)
        if self.path != "/clip.mp4":
            return self.send_error(404)
        tag = f'"{hashlib.md5(held).hexdigest()}"'
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        if asked and self.server.ranges and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(held) - start))
        self.end_headers()
        rest = held[start : self.server.cut]
        self.server.sent += len(rest)
        self.wfile.write(rest)
        if self.server.cut:
            self.close_connection = True
        return None


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.held, made.cut, made.ranges, made.asked, made.sent = CLIP, None, True, [], 0
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def fetch(server, tmp_path):
    """Fetch the clip, whose digest is known, to a folder."""
    url = f"http://127.0.0.1:{server.server_port}/clip.mp4"

    def fetch(url=url):
        source = download.Source(url, f"sha256:{hashlib.sha256(CLIP).hexdigest()}")
        download.fetch("sub001/clip.mp4", source, tmp_path)
        return tmp_path / "sub001" / "clip.mp4"

    return fetch


def left(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_whole_and_costs_nothing_the_second_time(server, fetch):
    assert fetch().read_bytes() == CLIP
    fetch()
    assert server.sent == len(CLIP)


def test_an_interrupted_download_goes_on_where_it_was(server, fetch, tmp_path):
    server.cut = 300_000
    with pytest.raises(BadInput, match=r"broken off or no answer .* run the same again"):
        fetch()
    assert left(tmp_path) == [".clip.mp4.partial", ".clip.mp4.tag"]
    server.cut = None
    assert fetch().read_bytes() == CLIP
    kept = 300_000 // download.BLOCK * download.BLOCK
    assert server.asked == ["", f"bytes={kept}-"]
    assert server.sent < len(CLIP) + download.BLOCK
    assert left(tmp_path) == ["clip.mp4"]


def test_a_file_that_changed_in_between_is_begun_anew(server, fetch):
    server.held, server.cut = OTHER, 300_000
    with pytest.raises(BadInput, match="broken off"):
        fetch()
    server.held, server.cut = CLIP, None
    assert fetch().read_bytes() == CLIP


def test_a_server_without_ranges_sends_all_again(server, fetch):
    server.cut, server.ranges = 300_000, False
    with pytest.raises(BadInput, match="broken off"):
        fetch()
    server.cut = None
    assert fetch().read_bytes() == CLIP


def test_another_digest_is_refused_and_nothing_is_kept(server, fetch, tmp_path):
    server.held = OTHER
    with pytest.raises(BadInput, match=r"clip.mp4: what came from .* has another digest"):
        fetch()
    assert left(tmp_path) == []
    server.held = CLIP
    assert fetch().read_bytes() == CLIP


def test_what_lies_there_harmed_is_fetched_anew(server, fetch):
    path = fetch()
    path.write_bytes(OTHER)
    assert fetch().read_bytes() == CLIP


def test_a_server_that_is_busy_is_to_be_asked_later(server, fetch):
    with pytest.raises(BadInput, match=r"503 .*; the server is busy or down; run the same again"):
        fetch(f"http://127.0.0.1:{server.server_port}/busy.mp4")


def test_a_file_that_is_not_there_is_named(server, fetch, tmp_path):
    with pytest.raises(BadInput, match=r"404 .*Not Found.*; sub001/clip.mp4 is not there any more"):
        fetch(f"http://127.0.0.1:{server.server_port}/other.mp4")
    assert left(tmp_path) == []


def test_a_server_that_is_down_is_named(fetch):
    with pytest.raises(BadInput, match=r"http://127.0.0.1:9/clip.mp4: broken off or no answer"):
        fetch("http://127.0.0.1:9/clip.mp4")


def run(monkeypatch, *words: object) -> None:
    monkeypatch.setattr("sys.argv", ["download", *map(str, words)])
    download.main()


def test_a_laboratorys_own_registry(server, monkeypatch, tmp_path, capsys):
    url, digest = f"http://127.0.0.1:{server.server_port}/clip.mp4", hashlib.sha256(CLIP)
    files = {f"{who}/clip.mp4": {"url": url, "sha256": digest.hexdigest()} for who in ("s1", "s2")}
    entry = {"title": "Ours", "licence": "CC BY 4.0", "cite": "us", "files": files}
    (tmp_path / "ours.yaml").write_text(yaml.safe_dump({"ours": entry}))
    ours = ("--registry", tmp_path / "ours.yaml")
    run(monkeypatch, "ours", tmp_path / "got", "--files", "s1/*", *ours)
    assert left(tmp_path / "got") == ["clip.mp4"]
    assert (tmp_path / "got/s1/clip.mp4").read_bytes() == CLIP
    assert "licence: CC BY 4.0; cite us" in capsys.readouterr().out
    with pytest.raises(BadInput, match="none of its 2 files fits 's3"):
        run(monkeypatch, "ours", tmp_path / "got", "--files", "s3*", *ours)
    with pytest.raises(BadInput, match="did you mean 'ours'"):
        run(monkeypatch, "our", tmp_path / "got", *ours)


@pytest.mark.parametrize(
    "harm, words",
    [
        ({"licence": None}, "licence is missing"),
        ({"files": None}, "expected `files`, or the `doi`"),
        ({"files": {"a": {"url": "http://127.0.0.1:9/a"}}}, "a: expected url and sha256"),
        ({"files": {"../a": {"url": "x", "sha256": "0"}}}, "lies outside the folder"),
    ],
)
def test_a_registry_that_lacks_something_is_refused(monkeypatch, tmp_path, harm, words):
    entry = {"title": "Ours", "licence": "CC BY 4.0", "cite": "us", "files": {}} | harm
    entry = {key: value for key, value in entry.items() if value is not None}
    (tmp_path / "ours.yaml").write_text(yaml.safe_dump({"ours": entry}))
    with pytest.raises(BadInput, match=words):
        run(monkeypatch, "ours", tmp_path, "--registry", tmp_path / "ours.yaml")


def test_the_shipped_registry_says_of_each_corpus_what_a_person_must_know(monkeypatch, capsys):
    run(monkeypatch)
    assert "usc75: USC 75-Speaker" in capsys.readouterr().out


class Archive:
    """What pooch knows of an archive that was asked about a DOI."""

    def __init__(self, url: str):
        self.url = url

    def populate_registry(self, known):
        known.registry["clip.mp4"] = f"md5:{hashlib.md5(CLIP).hexdigest()}"

    def download_url(self, name):
        return f"{self.url}/{name}"


def test_an_archive_is_asked_for_its_files_and_their_digests(server, monkeypatch, tmp_path):
    archive = Archive(f"http://127.0.0.1:{server.server_port}")
    for module in (pooch.core, pooch.downloaders):
        monkeypatch.setattr(module, "doi_to_repository", lambda doi, **_: archive)
    run(monkeypatch, "usc75", tmp_path / "usc75")
    assert (tmp_path / "usc75/clip.mp4").read_bytes() == CLIP
