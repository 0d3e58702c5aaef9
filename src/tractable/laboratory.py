"""A laboratory's run on clips of its own: ``python -m tractable.laboratory FOLDER``.

It does what a laboratory would do by hand, in a clone of this repository under the git-ignored
``workspaces/``: adds the folder as a corpus by the documented command, runs ``dvc repro``, and
brings back aggregate scores alone. No frame, sound or per-frame value leaves the workspace.
"""

import json
import os
import shlex
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from tractable.contracts import BadInput
from tractable.score_table import COLUMNS
from tractable.whole import remove, written_whole

MARK = Path(".git", "tractable-workspace")  # of a clone that the laboratory made, and may remove

#: Side of a pixel of the USC 75-Speaker corpus [mm] (Lim et al. 2021); its files do not hold it.
USC75_SPACING = 2.4


def main() -> None:
    options = arguments()
    folder, spacing = clips(options.folder, options.pixel_spacing, options.add)
    workspace = options.workspace.absolute()
    clone(workspace)
    say(f"adding {folder} as corpus {options.name!r}")
    step(workspace, *adding(options.name, folder, spacing, options.add))
    override(workspace / "params.yaml", options.set)
    step(workspace, "dvc", "repro")
    export(workspace, options.name, options.out)
    say(f"page: {workspace / 'reports' / 'index.html'}")
    say(f"figures that show recorded heads, for your eyes: {workspace / 'data' / 'figures'}")
    say(f"aggregate scores that may be shared: {options.out}")


def arguments():
    parser = ArgumentParser(
        "python -m tractable.laboratory",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="clips in the USC 75-Speaker layout, or in another that --add names",
    )
    parser.add_argument(
        "--pixel-spacing",
        type=float,
        metavar="MM",
        help="of the pictures in mm; the files do not hold it (USC 75-Speaker: 2.4)",
    )
    parser.add_argument(
        "--add",
        default="",
        metavar="OPTIONS",
        help="more for `python -m tractable.recordings add`, as --add='--adapter usctimit "
        "--frame-rate 23.18'; see its --help",
    )
    parser.add_argument("--name", default="usc75", help="name of the corpus (default usc75)")
    parser.add_argument(
        "--workspace", type=Path, default=Path("workspaces/real"), help="made anew by every run"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("reports/real"), help="where aggregate scores come back to"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a parameter in the workspace, e.g. corpora.phantom.speakers=[sim1,sim2]",
    )
    return parser.parse_args()


def clips(
    folder: Path | None, pixel_spacing: float | None, more: str = ""
) -> tuple[Path, float | None]:
    """The folder of clips and its pixel spacing [mm]; by default the USC 75-Speaker corpus.

    Parameters
    ----------
    more : options of the command that adds it; with them it asks itself for what it lacks.

    Raises
    ------
    BadInput : a folder without a pixel spacing, or no folder anywhere.
    """
    if folder is None:
        return default_clips(), USC75_SPACING
    if pixel_spacing is None and not more:
        raise BadInput(
            f"{folder}: its pixel spacing is unknown, and no file holds it; "
            f"`make real CLIPS={folder} SPACING=MM`, in mm (USC 75-Speaker: {USC75_SPACING})"
        )
    return folder.absolute(), pixel_spacing


def adding(name: str, folder: Path, pixel_spacing: float | None, more: str) -> list[object]:
    """The documented command by which the clips that are there become a corpus."""
    spacing = [] if pixel_spacing is None else ["--pixel-spacing", pixel_spacing]
    command = [sys.executable, "-m", "tractable.recordings", "add", name, folder]
    return [*command, *spacing, "--present", *shlex.split(more)]


def default_clips() -> Path:
    """The first corpus in TRACTABLE_REAL, else in ../shared/real, that has a metafile."""
    home = Path(os.environ.get("TRACTABLE_REAL", "../shared/real"))
    found = sorted(home.glob("*/metafile_public*.json"))
    if not found:
        raise BadInput(
            f"{home}: no corpus with a metafile_public*.json; name a folder of clips, "
            "`make real CLIPS=FOLDER`, or set TRACTABLE_REAL"
        )
    return found[0].parent.absolute()


def clone(workspace: Path) -> None:
    """The last commit of this repository, with its cache and its memo of results.

    Raises
    ------
    BadInput : something else than an older workspace is there; it stays.
    """
    here = Path.cwd()
    refuse_other_folder(workspace, here)
    remove(workspace)
    workspace.parent.mkdir(parents=True, exist_ok=True)
    step(here, "git", "clone", "--quiet", here, workspace)
    (workspace / MARK).touch()
    step(workspace, "dvc", "cache", "dir", "--local", here / ".dvc" / "cache")
    (workspace / ".memo").symlink_to((here / ".memo").absolute())
    (here / ".memo").mkdir(exist_ok=True)


def refuse_other_folder(workspace: Path, here: Path) -> None:
    """Refuse to work in a folder, which removes it, unless it is empty or was made for that."""
    if here.resolve().is_relative_to(workspace.resolve()):
        raise BadInput(f"--workspace {workspace}: holds this repository; name another folder")
    there = workspace.exists() or workspace.is_symlink()
    if there and not (workspace / MARK).is_file() and not empty(workspace):
        raise BadInput(
            f"--workspace {workspace}: is there and was not made by the laboratory, which would "
            "remove it; name another folder, or remove it yourself"
        )


def empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def override(file: Path, settings: list[str]) -> None:
    """Set dotted keys of a parameter file, its comments kept.

    Raises
    ------
    BadInput : a setting without a value or in no section; the file stays as it was.
    """
    yaml = YAML()
    yaml.width = 10**6  # a folded key is no key
    tree = yaml.load(file)
    for setting in settings:
        keys, _, value = setting.partition("=")
        if not value:
            raise BadInput(f"--set {setting}: expected KEY=VALUE")
        *way, last = keys.split(".")
        node = tree
        for key in way:
            if key not in node:
                raise BadInput(f"--set {setting}: no {key!r} there; there are {', '.join(node)}")
            node = node[key]
        put(node, last, yaml.load(value))
    yaml.dump(tree, file)


def put(node: CommentedMap, key: str, value: object) -> None:
    """Set a key. Of a list with a line for each item only the items change, and their comments go.

    To ruamel, all that stands between the last item and the next key is a comment on that item.
    """
    there = node.get(key)
    if not (isinstance(there, CommentedSeq) and isinstance(value, list)) or there.fa.flow_style():
        node[key] = value
        return
    token, *_ = there.ca.items.get(len(there) - 1) or [None]
    there[:] = value
    there.ca.items.clear()
    if token is not None:
        token.value = "\n" + token.value.partition("\n")[2]
        there.ca.items[len(there) - 1] = [token, None, None, None]


def export(workspace: Path, corpus: str, out: Path) -> None:
    """Aggregate scores of one recorded corpus and where they come from.

    Raises
    ------
    BadInput : the table has no row of the corpus; an older export stays.
    """
    table = pd.read_csv(workspace / "reports" / "scores.csv", dtype=str, keep_default_na=False)
    rows = table.loc[table["corpus"] == corpus, list(COLUMNS)]
    if rows.empty:
        raise BadInput(f"{workspace}/reports/scores.csv holds no row of {corpus}")
    with written_whole(out) as partial:
        partial.mkdir(parents=True)
        rows.to_csv(partial / "scores.csv", index=False)
        written = json.dumps(provenance(workspace, corpus), indent=1, sort_keys=True)
        (partial / "provenance.json").write_text(written + "\n")


def provenance(workspace: Path, corpus: str) -> dict:
    """What the exported rows were computed with: code, parameters and the tracked raw data."""
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=workspace, text=True)
    parameters = YAML(typ="safe").load(workspace / "params.yaml")
    raw = {
        file.stem: YAML(typ="safe").load(file)["outs"][0]["md5"]
        for file in sorted((workspace / "data" / "raw" / corpus).rglob("*.dvc"))
    }
    entry = parameters["corpora"][corpus]
    return {"corpus": corpus, "code": commit.strip(), "settings": entry, "raw md5": raw}


def step(folder: Path, *command: object) -> None:
    """Run a command in a folder, with the code that lies there."""
    words = [str(word) for word in command]
    if subprocess.run(
        words, cwd=folder, env=os.environ | {"PYTHONPATH": f"{folder / 'src'}"}
    ).returncode:
        raise BadInput(f"`{' '.join(words)}` failed in {folder}; its message stands above")


def say(text: str) -> None:
    print(f"laboratory: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        sys.exit(f"laboratory: {problem}")
