"""A laboratory's repository with made-up stores of three speakers, and clones of it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
import yaml

from tests import commands, known_law
from tests.project import ROOT, Project
from tests.recordings.corpus import write_clip
from tests.sharing.servers import Remote
from tractable.contracts import RECORDINGS, SCORES, Contract, described
from tractable.models.catalogue import architecture
from tractable.scores.corpora import CONTRACTS
from tractable.stage import fingerprint
from tractable.store import save

SPEAKERS = ("sim1", "sim2", "sim3")
SIZES, FEW = {"time": 48, "place": 40}, 3  # of dims
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
#: What has data that DVC keeps, and is committed as it lies.
KEPT = [
    name
    for name, stage in STAGES.items()
    if any(not isinstance(o, dict) or "cache" not in next(iter(o.values())) for o in stage["outs"])
]


class Clone:
    """A clone of the laboratory's repository, of its own cache and settings."""

    def __init__(self, folder: Path):
        self.folder = folder

    def clone(self, folder: Path) -> "Clone":
        """Another, as a colleague makes it."""
        subprocess.run(["git", "clone", "-q", str(self.folder), str(folder)], check=True)
        return Clone(folder)

    def point(self, name: str, remote: Remote) -> "Clone":
        """Lay one of the two remotes somewhere, for this clone alone."""
        config = self.folder / ".dvc" / "config.local"
        lines = [f"['remote \"{name}\"']", f"    url = {remote.url}"]
        lines += [f"    {key} = {value}" for key, value in remote.server.settings.items()]
        with config.open("a") as file:
            file.write("\n".join(lines) + "\n")
        return self

    def command(self, *words: str, **environment: str) -> tuple[list[str], dict[str, str]]:
        """The words with this clone's code and the interpreter's programs."""
        settings = {"DVC_SITE_CACHE_DIR": apart(self.folder), "DVC_NO_ANALYTICS": "1"}
        return list(words), Project(self.folder).environment() | settings | environment

    def start(self, *words: str, **environment: str) -> subprocess.Popen:
        words, settings = self.command(*words, **environment)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(words, cwd=self.folder, env=settings, text=True, **pipes)

    def run(self, *words: str, fails: bool | None = False, **environment: str) -> str:
        """What the command prints; its exit status must be as expected, None: any."""
        if commands.quick(list(words)):
            words, settings = self.command(*words, **environment)
            status, printed = commands.run(words, self.folder, settings)
        else:
            process = self.start(*words, **environment)
            printed, _ = process.communicate()
            status = process.returncode
        if fails is not None:
            assert bool(status) == fails, printed[-6000:]
        return printed

    def fingerprints(self, *paths: str) -> list[str]:
        return [fingerprint(self.folder / path) for path in paths]

    def md5(self, path: str) -> str:
        """Of a file that DVC keeps, by its place in an output."""
        return listing(self.folder)[path]


def apart(folder: Path) -> str:
    """Where DVC remembers a repository, and no other, so that clones are strangers."""
    home = os.environ.get("DVC_SITE_CACHE_DIR", folder.parent)
    return str(Path(home) / f".site{str(folder).replace(os.sep, '-')}")


def listing(folder: Path) -> dict[str, str]:
    """File -> md5 of all that dvc.lock lists and the cache can spell out, lists of files too."""
    stages = yaml.safe_load((folder / "dvc.lock").read_text())["stages"].values()
    found = {}
    for out in (out for stage in stages for out in stage.get("outs", [])):
        found[out["path"]] = md5 = out["md5"]
        tree = folder / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
        if md5.endswith(".dir") and tree.is_file():
            files = yaml.safe_load(tree.read_text())
            found |= {f"{out['path']}/{file['relpath']}": file["md5"] for file in files}
    return found


def made(folder: Path, speakers: Sequence[str] = SPEAKERS) -> Clone:
    """The repository in ``folder``, its data in its cache and on no remote yet."""
    folder.mkdir(parents=True)
    project = Project(folder, {"corpora.phantom.speakers": list(speakers)})
    lab = Clone(folder)
    lab.run("git", "config", "user.name", "t")
    lab.run("git", "config", "user.email", "t@t")
    fill(folder / "data", speakers)
    lab.run("dvc", "commit", "-q", "--force", *KEPT)
    project.run("git", "add", "-A")
    lab.run("git", "commit", "-qm", "Results")
    return lab


def fill(data: Path, speakers: Sequence[str]) -> None:
    """A whole output for every stage."""
    for number, who in enumerate(speakers):
        nouns = {**CONTRACTS, "recordings": RECORDINGS}
        for noun, contract in nouns.items():
            save(made_up(contract, who), data / noun / "phantom" / f"{who}.zarr", contract)
        write_clip(data / "raw" / "phantom" / who, f"{who}_2drt_01_vowels_r1", seed=number)
    examples = known_law.examples(40, 0)
    ridge = architecture("ridge").fit(examples, penalty=1.0, seed=0)
    known_law.shelved(data / "models", {"ridge": ("ridge", ridge)}, folds=len(speakers))
    save(made_up(SCORES, speakers[0]), data / "scores" / "phantom.zarr", SCORES)
    (data.parent / "reports" / "audit.csv").write_text("made up\n")
    for noun in ("audit", "figures"):
        (data / noun).mkdir()
        (data / noun / "README.txt").write_text(f"made up {noun}\n")


def made_up(contract: Contract, speaker: str) -> xr.Dataset:
    """A store that keeps its contract and holds noise, the same of one name in all stores."""
    parts = {}
    promised = {name: of for name, of in contract.variables.items() if not name.endswith("?")}
    for name, (dims, unit, _) in promised.items():
        noise = np.random.default_rng([*speaker.encode(), *name.encode()])
        values = 0.1 + 0.1 * noise.random([SIZES.get(dim, FEW) for dim in dims])
        parts[name] = values.astype(str) if unit is None else values
    known = dict.fromkeys(contract.attributes, 1.0) | {"corpus": "phantom"}
    if "speaker" in known:
        known["speaker"] = speaker
    return described(contract, parts, **known)
