"""Every listed speaker of every corpus: a page each, and one table of all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractable.audit.findings import Finding, write_table
from tractable.audit.page import write_page
from tractable.audit.speaker import NOUNS, Limits, audited
from tractable.audit.steps import steps as step_options
from tractable.contracts import AREAS, CONTOURS, FORMANTS, RECORDINGS
from tractable.stage import (
    Speaker,
    Task,
    check_options,
    refuse_partial,
    run_tasks,
    speakers,
    store_path,
)
from tractable.store import load
from tractable.whole import remove, written_whole

CONTRACTS = dict(zip(NOUNS, (RECORDINGS, CONTOURS, AREAS, FORMANTS), strict=True))

LAG = ("longest", "smoothing", "trend")  #: of ``recordings: lag`` that the audit asks too


def audit_corpora(
    folders: Mapping[str, Path],
    pages: Path,
    table: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    lag: Mapping[str, float],
    *,
    frame_rates: Mapping[str, str | float],
    confidence: float,
    steps: Mapping[str, float],
    quieter: float,
    shown: int,
    limits: Mapping[str, float],
) -> None:
    """PAGES/CORPUS/SPEAKER.html for all that ``corpora`` lists, and the table of all findings.

    Parameters
    ----------
    folders : recordings, contours, areas and formants.
    corpora : section of params.yaml.
    lag : as that of the recordings was found, ``recordings: lag`` of params.yaml.
    frame_rates, confidence, steps, quieter : see ``speaker.audited``.
    shown : heads on a page.
    limits : see ``speaker.Limits``.

    Raises
    ------
    BadInput : a store of a listed speaker is missing, or an unlisted one lies there.
    """
    check_options(Limits, limits, "audit: limits")
    check_options(step_options, steps, "audit: steps")
    listed = speakers(corpora)
    for noun in NOUNS:
        refuse_partial(folders[noun], listed)
    options = {
        "frame_rates": dict(frame_rates),
        "confidence": confidence,
        "steps": dict(steps),
        "quieter": quieter,
        "shown": shown,
        "limits": dict(limits),
        "lag": {name: lag[name] for name in LAG},
    }
    run_tasks(
        Task(
            f"{corpus}/{speaker}",
            audit_speaker,
            (stores(folders, corpus, speaker), *outputs(pages, (corpus, speaker))),
            outputs(pages, (corpus, speaker)),
            tuple(stores(folders, corpus, speaker).values()),
            options | {"tasks": (corpora[corpus].get("tasks") or {}).get(speaker)},
        )
        for corpus, speaker in listed
    )
    keep_only({path for one in listed for path in outputs(pages, one)}, pages)
    write_table(((*one, found(outputs(pages, one)[1])) for one in listed), table)


def stores(folders: Mapping[str, Path], corpus: str, speaker: str) -> dict[str, Path]:
    return {noun: store_path(folders[noun], corpus, speaker) for noun in NOUNS}


def outputs(pages: Path, speaker: Speaker) -> tuple[Path, Path]:
    """Page of a speaker, and its findings for the table."""
    corpus, name = speaker
    return pages / corpus / f"{name}.html", pages / corpus / f"{name}.json"


def keep_only(wanted: set[Path], pages: Path) -> None:
    """Drop the pages of speakers that params.yaml no longer lists."""
    for path in sorted({*pages.glob("*/*.html"), *pages.glob("*/*.json")} - wanted):
        remove(path)


def audit_speaker(
    paths: Mapping[str, Path],
    page: Path,
    findings: Path,
    *,
    frame_rates: Mapping[str, Any],
    confidence: float,
    steps: Mapping[str, Any],
    quieter: float,
    shown: int,
    limits: Mapping[str, float],
    lag: Mapping[str, float],
    tasks: list[str] | None,
) -> None:
    """Audit one speaker from disk to disk."""
    data = {noun: load(paths[noun], CONTRACTS[noun]) for noun in NOUNS}
    audit = audited(
        data,
        frame_rates=frame_rates,
        confidence=confidence,
        steps=steps,
        quieter=quieter,
        lag=lag,
        limits=Limits(**limits),
    )
    with written_whole(findings) as partial:
        partial.write_text(json.dumps([list(finding) for finding in audit.findings], indent=0))
    write_page(audit, data["recordings"], page, shown=shown, tasks=tasks)


def found(file: Path) -> list[Finding]:
    return [Finding(*values) for values in json.loads(file.read_text())]
