"""Who tracks what was added, and what becomes of it where anything fails."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml
from ruamel.yaml import YAML

from tractable.contracts import BadInput
from tractable.privacy import RESTRICTED
from tractable.recordings.tables import with_item
from tractable.whole import remove, written_whole

PIPELINE = Path("dvc.yaml")


def track(paths: list[Path]) -> None:
    """One .dvc file each, which sends its data to the remote for faces and voices."""
    command = [sys.executable, "-m", "dvc", "add", *map(str, paths)]  # --quiet hides why it fails
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BadInput(f"`dvc add` failed, nothing was added: {done.stderr.strip()}")
    for file in map(dvc_file, paths):
        edit = YAML()
        tree = edit.load(file)
        tree["outs"][0]["remote"] = RESTRICTED
        edit.dump(tree, file)


def say_next(corpus: Path) -> None:
    """What git and DVC are to be told of a corpus that has changed."""
    print(f"next: git add {corpus} params.yaml dvc.yaml; git commit; dvc repro")
    print("  and, where there is a remote, dvc push and git push")


def dvc_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.dvc")


@contextmanager
def undone_on_failure(added: list[Path], changed: list[Path]) -> Iterator[None]:
    """Where anything fails, what was added goes and what was changed comes back, DVC's part too."""
    changed = [*changed, *map(dvc_file, changed), *(path.parent / ".gitignore" for path in changed)]
    before = {file: file.read_bytes() for file in changed if file.is_file()}
    try:
        yield
    except BaseException:
        for path in added:
            remove(path)
            remove(dvc_file(path))
        for file, held in before.items():
            with written_whole(file) as partial:
                partial.write_bytes(held)
        raise


def write_tables(tables: Mapping[Path, str]) -> None:
    """Each table whole, or as it was."""
    for table, text in tables.items():
        with written_whole(table) as partial:
            partial.write_text(text)


def with_deps(paths: list[Path]) -> str:
    """dvc.yaml, its stage ``recordings`` depending on the paths."""
    text, way = PIPELINE.read_text(), ("stages", "recordings", "deps")
    there = yaml.safe_load(text)["stages"]["recordings"]["deps"]
    for path in (path.as_posix() for path in paths):
        text = text if path in there else with_item(text, way, path)
    return text
