"""A listed corpus gets prompts: a table, a dictionary, who tracks them, lines in two tables."""

from pathlib import Path

from tractable.contracts import BadInput, likely
from tractable.recordings.add import PARAMS, RAW, corpora_listed, refuse_place
from tractable.recordings.corpora import ADAPTERS, check_entry, wanted
from tractable.recordings.private import bring_in
from tractable.recordings.prompts import TEXTS, prompted, refuse_unknown
from tractable.recordings.tables import with_item
from tractable.recordings.tracking import (
    PIPELINE,
    dvc_file,
    say_next,
    track,
    undone_on_failure,
    with_deps,
    write_tables,
)
from tractable.whole import written_whole


def give_prompts(name: str, prompts: Path, pronunciations: Path | None = None) -> None:
    """Bring a table of prompts to a listed corpus; run from the root of the repository.

    Parameters
    ----------
    name : of a corpus that ``add`` brought, in params.yaml, whose recordings are here.
    prompts : table of two columns, clip and text.
    pronunciations : of words that English lacks.

    Raises
    ------
    BadInput : and then nothing has been changed.
    """
    refuse_place(name)
    text, corpora, corpus = PARAMS.read_text(), corpora_listed(), RAW / name
    if name not in corpora:
        raise BadInput(f"params.yaml: corpora: no {name!r}; {likely(name, corpora)}")
    entry = corpora[name]
    check_entry(name, entry)
    given = (prompts, pronunciations)
    texts = {what: file for what, file in zip(TEXTS, given, strict=True) if file is not None}
    for what, file in texts.items():
        refuse_given(corpus, what, file, entry.get(what))
    reader = ADAPTERS[entry["adapter"]]
    refuse_unknown(prompts, {who: reader.stems(corpus / who, entry) for who in entry["speakers"]})
    count = 0
    for who in entry["speakers"]:
        count += len(prompted(who, wanted(corpus, who, entry), prompts, pronunciations))
    if not count:
        raise BadInput(f"{prompts}: has a prompt of no clip of {name}; see its column clip")
    added = [corpus / file.name for file in texts.values()]
    for what, file in texts.items():
        text = with_item(text, ("corpora", name), {what: file.name})
    tables = {PIPELINE: with_deps(added), PARAMS: text}
    with undone_on_failure(added, [*added, *tables]):
        for file in texts.values():
            with written_whole(corpus / file.name) as partial:
                bring_in(file, partial, place=Path(file.name))
        track(added)
        write_tables(tables)
    print(f"prompts of {count} clips of {name}; params.yaml: corpora and dvc.yaml list them")
    say_next(corpus)


def refuse_given(corpus: Path, what: str, file: Path, listed: str | None) -> None:
    """Refuse what the corpus has already, and a corpus that a stage makes."""
    if listed is not None:
        there = corpus / listed
        raise BadInput(
            f"params.yaml: corpora: {corpus.name}: {what}: {listed} is listed; correct {there}, "
            f"then `dvc add {there}`"
        )
    if not any(corpus.glob("*.dvc")):
        raise BadInput(f"{corpus}: no `add` brought it (it holds no .dvc file); choose another one")
    place = corpus / file.name
    if place.exists() or dvc_file(place).exists():
        raise BadInput(f"{place}: is there already; rename {file}")
    if not file.is_file():
        raise BadInput(f"{file}: no such file; name the {what} that the corpus is to have")
