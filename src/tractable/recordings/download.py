"""Fetch a public corpus, checked and resumable.

    python -m tractable.recordings.download NAME FOLDER

What is known to be public stands in ``public.yaml`` beside this file, with its licence and DOI; a
laboratory names its own corpora in a file of the same form (``--registry FILE``). Every file is
checked against its digest before it gets its name. An interrupted download goes on where it was.
"""

import fnmatch
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pooch
import requests
import yaml
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from tractable.contracts import BadInput, likely

REGISTRY = Path(__file__).with_name("public.yaml")
WANTED = ("title", "licence", "cite")  # of every corpus, for a person to read first
TIMEOUT = 30  # seconds without a byte
BLOCK = 2**16  # bytes
LOOK = (
    *(TextColumn("{task.description}"), BarColumn()),
    *(DownloadColumn(), TransferSpeedColumn()),
)


class Source(NamedTuple):
    """One file of a corpus: where it is and what it must be."""

    url: str
    digest: str  # "sha256:..." or "md5:..."


def main() -> None:
    asked = arguments()
    corpora = registry(asked.registry)
    if asked.name is None:
        for name, entry in corpora.items():
            print(f"{name}: {entry['title']}; {entry['licence']}; {entry['cite']}")
        return
    if asked.name not in corpora:
        hint = likely(asked.name, corpora)
        raise BadInput(f"{asked.registry}: no corpus {asked.name!r}; {hint}")
    if asked.folder is None:
        raise BadInput(f"{asked.name}: name the FOLDER to download to")
    entry = corpora[asked.name]
    print(f"{asked.name}: {entry['title']}\nlicence: {entry['licence']}; cite {entry['cite']}")
    sources = chosen(asked.name, entry, asked.files)
    if asked.list:
        print(*sources, sep="\n")
        return
    for name, source in sources.items():
        fetch(name, source, asked.folder)
    print(f"{len(sources)} files of {asked.name} are in {asked.folder}, each as its digest says")


def arguments() -> Namespace:
    parser = ArgumentParser(
        "python -m tractable.recordings.download",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help="of the corpus; without it all are listed")
    parser.add_argument("folder", type=Path, nargs="?", help="to download to")
    parser.add_argument(
        "--files", default="*", metavar="PATTERN", help="only these, as 'sub001*' (default all)"
    )
    parser.add_argument("--list", action="store_true", help="say which files, and fetch none")
    parser.add_argument(
        "--registry", type=Path, default=REGISTRY, help="a file of your own (default public.yaml)"
    )
    return parser.parse_args()


def registry(file: Path) -> dict[str, dict[str, Any]]:
    """Every corpus of a registry.

    Raises
    ------
    BadInput : no such file, or a corpus without title, licence or source.
    """
    if not file.is_file():
        raise BadInput(f"{file}: no such registry; {REGISTRY} shows its form")
    corpora = yaml.safe_load(file.read_text("utf-8"))
    if not isinstance(corpora, dict):
        raise BadInput(f"{file}: expected corpora by name; {REGISTRY} shows the form")
    for name, entry in corpora.items():
        lacking = [key for key in WANTED if key not in entry]
        if lacking:
            raise BadInput(f"{file}: {name}: {', '.join(lacking)} is missing")
        if not {"files", "doi"} & set(entry):
            raise BadInput(f"{file}: {name}: expected `files`, or the `doi` of an archive")
    return corpora


def chosen(name: str, entry: Mapping[str, Any], pattern: str) -> dict[str, Source]:
    """The files of a corpus whose names fit a pattern.

    Raises
    ------
    BadInput : none fits, or a file has no digest.
    """
    files = listed(name, entry["files"]) if "files" in entry else archived(entry["doi"])
    found = {file: files[file] for file in sorted(files) if fnmatch.fnmatch(file, pattern)}
    if not found:
        raise BadInput(f"{name}: none of its {len(files)} files fits {pattern!r}; --list has them")
    return found


def listed(name: str, files: Mapping[str, Mapping[str, str]]) -> dict[str, Source]:
    """What a registry says of each file."""
    found = {}
    for file, about in files.items():
        if not {"url", "sha256"} <= set(about):
            raise BadInput(f"{name}: {file}: expected url and sha256")
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise BadInput(f"{name}: {file}: lies outside the folder")
        found[file] = Source(about["url"], f"sha256:{about['sha256']}")
    return found


def archived(doi: str) -> dict[str, Source]:
    """What the archive behind a DOI (figshare, Zenodo, Dataverse) says of its files.

    Raises
    ------
    BadInput : it does not answer.
    """
    try:
        known = pooch.create(path=Path(), base_url=f"doi:{doi}/")
        known.load_registry_from_doi()
        return {
            file: Source(known.get_url(file), digest) for file, digest in known.registry.items()
        }
    except (requests.RequestException, ValueError) as problem:
        raise BadInput(
            f"doi:{doi}: the archive does not answer ({problem}); try later, or fetch the files "
            f"from https://doi.org/{doi} by hand"
        ) from problem


def fetch(name: str, source: Source, folder: Path) -> None:
    """One file, whole and checked, or not there; one that is there and right costs no byte.

    Raises
    ------
    BadInput : no answer, no such file, broken off, or another digest.
    """
    target = folder / name
    try:
        pooch.retrieve(
            source.url, source.digest, target.name, target.parent, downloader=Resuming(target)
        )
    except requests.HTTPError as problem:
        code = 0 if problem.response is None else problem.response.status_code
        busy = code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS
        way = "the server is busy or down; run the same again later, and it goes on"
        if not busy:
            way = f"{name} is not there any more, or not for you; look at the corpus' page"
        raise BadInput(f"{source.url}: {problem}; {way}") from problem
    except requests.RequestException as problem:
        raise BadInput(
            f"{source.url}: broken off or no answer ({type(problem).__name__}); what came of "
            f"{name} is kept; run the same again and it goes on"
        ) from problem
    except ValueError as problem:
        raise BadInput(
            f"{name}: what came from {source.url} has another digest than {source.digest}; it was "
            "not kept; try again, and if it stays, the file or the registry has changed"
        ) from problem


class Resuming(pooch.HTTPDownloader):
    """Downloads beside the target and goes on there the next time, if the file is still the same.

    A server that cannot continue, or whose file has changed, sends the whole.
    """

    def __init__(self, target: Path):
        super().__init__()
        self.partial = target.with_name(f".{target.name}.partial")
        self.tag = target.with_name(f".{target.name}.tag")  # which version the part is of

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> Any:
        if url.startswith("doi:"):
            url = resolved(url)
        with requests.get(url, stream=True, timeout=TIMEOUT, headers=self.going_on()) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                self.forget()
                return self(url, output_file, pooch)
            answer.raise_for_status()
            self.receive(answer)
        os.replace(self.partial, output_file)
        self.tag.unlink(missing_ok=True)
        return None

    def going_on(self) -> dict[str, str]:
        """What to ask for: the rest of the version that a part is there of, or all."""
        plain = {"Accept-Encoding": "identity"}
        if not (self.partial.is_file() and self.tag.is_file()):
            return plain
        size = self.partial.stat().st_size
        return plain | {"Range": f"bytes={size}-", "If-Range": self.tag.read_text()}

    def forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def receive(self, answer: requests.Response) -> None:
        """Add what comes to the part, or begin anew."""
        more = answer.status_code == requests.codes.partial_content
        begun = self.partial.stat().st_size if more else 0
        tag = answer.headers.get("ETag", answer.headers.get("Last-Modified"))
        if not more:
            self.forget()
            if tag and not tag.startswith("W/"):
                self.tag.write_text(tag)
        length = answer.headers.get("Content-Length")
        total = begun + int(length) if length else None
        with Progress(*LOOK) as progress, self.partial.open("ab") as file:
            name = self.partial.name.removeprefix(".").removesuffix(".partial")
            bar = progress.add_task(name, total=total, completed=begun)
            for block in answer.iter_content(BLOCK):
                file.write(block)
                progress.advance(bar, len(block))
        if total is not None and self.partial.stat().st_size < total:
            raise requests.ConnectionError(f"{self.partial.stat().st_size} of {total} bytes")


def resolved(url: str) -> str:
    """The HTTPS address of a file in an archive, of ``doi:DOI/NAME``."""
    parts = pooch.utils.parse_url(url)
    archive = pooch.downloaders.doi_to_repository(parts["netloc"])
    return archive.download_url(parts["path"].rsplit("/", 1)[-1])


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"download: {problem}")
