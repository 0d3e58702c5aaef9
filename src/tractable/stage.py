"""The little that every stage needs, so that a stage is a sentence.

    def main() -> None:
        files = paths("contours", "areas")
        reads, writes = {files.contours: CONTOURS}, {files.areas: AREAS}
        each_speaker(areas_in_stretches, reads, writes, **params("areas"))

    if __name__ == "__main__":
        run(main)

Outputs are always written whole. What a speaker cost before is remembered in ``.memo`` under the
hashes of that speaker's inputs, the code, the parameters and the locked versions; the folder may be
removed at any time. ``TRACTABLE_MEMO`` (a folder, or ``off``) is a setting of the environment that
changes no result, as ``TRACTABLE_MEMORY`` (see ``stretches``) is, and those of
``tractable.engine``, which says what runs where.
"""

import hashlib
import inspect
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from beartype import BeartypeConf
from beartype.door import is_bearable

from tractable.contracts import BadInput, Contract, likely
from tractable.engine import DOING, finished
from tractable.store import contents, digest, load, save
from tractable.whole import remove, replicate, written_whole

NAMED = 4  # tasks, of those that are computed
WAY_BACK = (
    "DVC removes what a stage made before when it begins: the next run that succeeds makes it "
    "anew; `dvc checkout` brings back what DVC keeps, `git restore FILE` a table under reports/"
)

WHOLE = BeartypeConf(is_pep484_tower=True)  # a whole number where any number will do

Speaker = tuple[str, str]  # corpus, speaker


def paths(*names: str) -> Namespace:
    """Required ``--name PATH`` options: dvc.yaml alone decides where data live."""
    parser = ArgumentParser(description=getattr(sys.modules["__main__"], "__doc__", None))
    for name in names:
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def params(section: str) -> dict[str, Any]:
    """One section of params.yaml, to unpack into one function call."""
    everything = yaml.safe_load(Path("params.yaml").read_text())
    if section not in everything:
        raise BadInput(f"params.yaml: no section {section!r}; there are {', '.join(everything)}")
    return everything[section]


def speakers(corpora: Mapping[str, Mapping]) -> list[Speaker]:
    """Every (corpus, speaker) that params.yaml lists, in its order."""
    return [(corpus, name) for corpus, entry in corpora.items() for name in entry["speakers"]]


def run(main: Callable[[], None]) -> None:
    """Run a stage; bad input ends in one message for a colleague, not in a traceback.

    DVC has taken away by then what the stage had made before, and the message says how it returns.
    """
    try:
        main()
    except BadInput as problem:
        way_back = f"\n{WAY_BACK}" if "DVC_STAGE" in os.environ else ""
        sys.exit(f"{stage_name()}: {problem}{way_back}")


def stage_name() -> str:
    return Path(sys.argv[0]).stem


def check_options(function: Callable, options: Mapping[str, Any], section: str) -> None:
    """Refuse options that ``function`` does not know or lacks, or of a type it cannot use.

    An option that is a mapping of options says whose they are, ``Annotated[dict[str, Any],
    Sweep]``, and these are refused alike; a class sees to their values when it is made of them.

    Raises
    ------
    BadInput : naming the option, and the likely word or the type that was expected.
    """
    known = {
        name: option
        for name, option in inspect.signature(function).parameters.items()
        if option.kind is option.KEYWORD_ONLY
    }
    for name in options:
        if name not in known:
            hint = likely(name, known)
            raise BadInput(f"params.yaml: {section}: unknown parameter {name!r}; {hint}")
    lacking = [n for n, o in known.items() if o.default is o.empty and n not in options]
    if lacking:
        raise BadInput(f"params.yaml: {section}: parameter {', '.join(lacking)} is missing")
    for name, value in options.items():
        annotation, taker = known[name].annotation, None
        if get_origin(annotation) is Annotated:
            annotation, taker = get_args(annotation)
        if not fits(value, annotation):
            wanted = inspect.formatannotation(annotation)
            raise BadInput(
                f"params.yaml: {section}: {name}: expected {wanted}, found {value!r}, which is "
                f"{type(value).__name__}; see the docstring of {function.__name__}. YAML takes "
                "1e-3 for text and 1.0e-3 for a number"
            )
        if taker is not None:
            check_options(taker, value, f"{section}: {name}")
            if inspect.isclass(taker):
                taker(**value)


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value, with all that it contains, is of the type.

    A whole number is a number, but yes and no are none.
    """
    kind, inner = get_origin(annotation), get_args(annotation)
    if kind in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if kind in (list, Sequence):
        return isinstance(value, list) and all(fits(part, inner[0]) for part in value)
    if kind in (dict, Mapping):
        return isinstance(value, Mapping) and all(
            fits(name, inner[0]) and fits(part, inner[1]) for name, part in value.items()
        )
    if annotation in (inspect.Parameter.empty, Any):
        return True
    if isinstance(value, bool) and annotation is not bool:
        return False
    return is_bearable(value, annotation, conf=WHOLE)


@dataclass(frozen=True)
class Task:
    """One piece of a stage: ``function(*arguments, **options)`` makes the ``outputs``.

    ``inputs`` are all the files and folders that it reads; with the options, the code and the
    locked versions they decide whether a remembered result still holds. ``foreign`` is code of the
    stage that this piece of it does not run.
    """

    label: str  # for people: "phantom/sim1"
    function: Callable[..., None]
    arguments: tuple
    outputs: tuple[Path, ...]
    inputs: tuple[Path, ...]
    options: dict[str, Any] = field(default_factory=dict)
    foreign: frozenset[Path] = frozenset()

    def key(self, code: str) -> str:
        what = [code, f"{self.function.__module__}.{self.function.__qualname__}", self.label]
        what += [json.dumps(self.options, sort_keys=True, default=str)]
        what += [fingerprint(path) for path in self.inputs]
        what += [path.name for path in self.outputs]
        return hashlib.blake2b("\n".join(what).encode(), digest_size=16).hexdigest()

    def __call__(self) -> None:
        DOING["task"] = self.label
        try:
            self.function(*self.arguments, **self.options)
        except BadInput as problem:
            raise BadInput(f"{self.label}: {problem}") from problem


def fingerprint(path: Path) -> str:
    """Digest of a file or of a folder with all it holds.

    Raises
    ------
    BadInput : nothing there.
    """
    if path.is_dir():
        listed = json.dumps(contents(path), sort_keys=True)
        return hashlib.blake2b(listed.encode(), digest_size=16).hexdigest()
    if not path.is_file():
        raise BadInput(f"{path}: not there; `dvc pull {path}` may bring it")
    return digest(path)


def code_fingerprint(foreign: frozenset[Path] = frozenset()) -> str:
    """The code of this stage and the locked versions: the files that dvc.yaml declares for it.

    Parameters
    ----------
    foreign : files that do not count.
    """
    stage = yaml.safe_load(Path("dvc.yaml").read_text())["stages"].get(stage_name(), {"deps": []})
    files = [Path(dep) for dep in stage["deps"] if not dep.startswith(("data/", "reports/"))]
    sources = [
        source
        for file in files
        for source in (sorted(file.rglob("*")) if file.is_dir() else [file])
        if source.is_file() and "__pycache__" not in source.parts
        if source.resolve() not in foreign
    ]
    return " ".join(digest(source) for source in sources)


def memo_folder() -> Path | None:
    setting = os.environ.get("TRACTABLE_MEMO", ".memo")
    return None if setting == "off" else Path(setting)


def remembered(task: Task, key: str) -> list[Path]:
    """What the memo holds of a task, if it is still what was stored; else nothing."""
    memo = memo_folder()
    if memo is None or not (memo / key / "digest").is_file():
        return []
    kept = [memo / key / str(k) for k in range(len(task.outputs))]
    if not all(path.exists() for path in kept):
        return []
    whole = " ".join(map(fingerprint, kept)) == (memo / key / "digest").read_text()
    return kept if whole else []


def recalled(task: Task, key: str) -> bool:
    """Put a remembered result in place, if there is one."""
    kept = remembered(task, key)
    for source, target in zip(kept, task.outputs, strict=bool(kept)):
        replicate(source, target)
    return bool(kept)


def remember(task: Task, key: str) -> None:
    """Keep a result. Of two stages that share a memo and end at once, one does, which is enough."""
    memo = memo_folder()
    if memo is None or remembered(task, key):
        return
    try:
        with written_whole(memo / key) as folder:
            folder.mkdir()
            for k, output in enumerate(task.outputs):
                replicate(output, folder / str(k))
            kept = " ".join(fingerprint(folder / str(k)) for k in range(len(task.outputs)))
            (folder / "digest").write_text(kept)
    except OSError:
        if not remembered(task, key):
            raise


def run_tasks(tasks: Iterable[Task]) -> None:
    """Run the tasks that no memo holds, wherever the environment says, and remember them.

    The memo is written here, by who runs the stage: a cluster has to share its file system.

    Raises
    ------
    BadInput : of a task, or a process was killed.
    """
    tasks = list(tasks)
    code = {foreign: code_fingerprint(foreign) for foreign in {task.foreign for task in tasks}}
    keys = {task.label: task.key(code[task.foreign]) for task in tasks}
    if len(keys) < len(tasks):
        raise BadInput("two tasks of one stage carry the same label")
    todo = [task for task in tasks if not recalled(task, keys[task.label])]
    some = ", ".join(task.label for task in todo[:NAMED]) + (", ..." if len(todo) > NAMED else "")
    which = f": {some}" if 0 < len(todo) < len(tasks) else ""
    print(f"{stage_name()}: {len(todo)} of {len(tasks)} to compute{which}", flush=True)
    if not todo:
        return
    with closing(finished(stage_name(), todo)) as done:
        for task in done:
            remember(task, keys[task.label])


def each_speaker(
    function: Callable[..., Any],
    reads: Mapping[Path, Contract | None],
    writes: Mapping[Path, Contract],
    /,
    **options: Any,
) -> None:
    """Apply ``function(*inputs, **options)`` to every speaker that params.yaml lists.

    Parameters
    ----------
    function : of one dataset per entry of ``reads``; returns one dataset per entry of ``writes``,
        or one alone as an iterator of its stretches of time, see ``store.save``.
    reads : folder -> contract of the stores in it, FOLDER/CORPUS/SPEAKER.zarr; every listed speaker
        must be there and no other.
    writes : folder -> contract of the stores to write.
    options : a section of params.yaml.
    """
    check_options(function, options, stage_name())
    listed = speakers(params("corpora"))
    for folder in reads:
        refuse_partial(folder, listed)
    run_tasks(
        Task(
            f"{corpus}/{speaker}",
            one_speaker,
            (function, store_paths(reads, corpus, speaker), store_paths(writes, corpus, speaker)),
            tuple(store_paths(writes, corpus, speaker)),
            tuple(store_paths(reads, corpus, speaker)),
            {"options": options},
        )
        for corpus, speaker in listed
    )
    for folder in writes:
        remove_unlisted(folder, listed)


def remove_unlisted(folder: Path, listed: Iterable[Speaker]) -> None:
    """Drop the stores of speakers that params.yaml no longer lists."""
    for path in set(folder.glob("*/*.zarr")) - {store_path(folder, *s) for s in listed}:
        remove(path)


def store_path(folder: Path, corpus: str, speaker: str) -> Path:
    return folder / corpus / f"{speaker}.zarr"


def store_paths(folders: Mapping[Path, Any], corpus: str, speaker: str) -> dict[Path, Any]:
    """Store of one speaker in each folder -> what the folder maps to."""
    return {store_path(folder, corpus, speaker): value for folder, value in folders.items()}


def one_speaker(
    function: Callable[..., Any],
    reads: Mapping[Path, Contract],
    writes: Mapping[Path, Contract],
    options: dict[str, Any],
) -> None:
    made = function(*(load(path, contract) for path, contract in reads.items()), **options)
    made = made if isinstance(made, tuple) else (made,)
    for data, (path, contract) in zip(made, writes.items(), strict=True):
        save(data, path, contract)


def refuse_partial(folder: Path, listed: Iterable[Speaker]) -> None:
    """Refuse a folder of stores in which a listed speaker is missing or an unlisted one lies.

    A partial pull would otherwise be computed on without a word.
    """
    wanted = {store_path(folder, *speaker) for speaker in listed}
    found = set(folder.glob("*/*.zarr"))
    if wanted - found:
        names = ", ".join(f"{p.parent.name}/{p.stem}" for p in sorted(wanted - found))
        raise BadInput(
            f"{folder}: no store of {names}, listed in params.yaml: corpora; "
            f"`dvc pull {folder}` brings it, or take the speaker off the list"
        )
    if found - wanted:
        names = ", ".join(f"{p.parent.name}/{p.stem}" for p in sorted(found - wanted))
        raise BadInput(
            f"{folder}: holds {names}, which params.yaml: corpora does not list; "
            f"`dvc checkout {folder}` restores what is tracked, or list the speaker"
        )
