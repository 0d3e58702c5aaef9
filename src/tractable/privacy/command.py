"""All findings in a working tree: what `python -m tractable.privacy` does."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import track

from tractable.contracts import BadInput
from tractable.faults import Fault
from tractable.privacy import check


def findings(root: Path) -> Iterator[Fault]:
    """All of a working tree; progress goes to the error stream."""
    for look in (check.outputs, check.tracked, check.remotes, check.in_git, check.strays):
        yield from look(root)
    params = yaml.safe_load((root / "params.yaml").read_text())
    listed = params.get("corpora") or {}
    for corpus, files in check.files_of(root, params["figures"]["simulated"]).items():
        yield from check.corpus_readme(corpus)
        yield from check.speakers(corpus)
        yield from check.clips(corpus, listed.get(corpus.name, {}), files)
        console = Console(stderr=True)
        for file in track(files, corpus.name, console=console, transient=True):
            yield from check.held(corpus, file)


def main(options: Namespace) -> None:
    root = options.root
    if not (root / "params.yaml").is_file():
        raise BadInput(f"{root.absolute()}: no params.yaml; name the root of the repository")
    found = list(findings(root))
    for finding in found:
        print(f"{finding.name}: {finding.what}\n  {finding.remedy}")
    if found:
        sys.exit(f"privacy: {len(found)} findings")
    print("privacy: nothing found in git, the pipeline's outputs, the remotes and data/raw")
