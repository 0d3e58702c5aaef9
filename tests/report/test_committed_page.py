"""The committed page itself, as a reader opens it: from its file, in a real browser."""

from pathlib import Path

import pytest

from tests.browser import browser, opened

REPORTS = Path(__file__).parents[2] / "reports"
KEYS = (
    "[...document.querySelectorAll('#summary-phantom tbody tr')]"
    ".map(row => row.children[1].dataset.key)"
)
CLICK = "document.querySelectorAll('#summary-phantom thead button')[1].click()"
PICTURES = "[...document.images].map(image => image.naturalWidth)"

pytestmark = [browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def committed() -> str:
    return (REPORTS / "index.html").read_text("utf-8")


def numbers(told: str) -> list[float]:
    return [float(word) for word in told.split(",") if word]


def test_it_sorts_shows_all_figures_and_complains_of_nothing(committed, tmp_path):
    steps = (f"{CLICK} ?? {KEYS}", f"{CLICK} ?? {KEYS}", PICTURES)
    seen = opened(committed, *steps, folder=tmp_path)
    assert seen.console == []
    up, down, widths = seen.told
    errors = numbers(up)
    assert len(errors) > 10
    assert errors == sorted(errors)
    assert numbers(down) == errors[::-1]
    for told in (up, down):  # what is not applicable stays last
        assert told.rstrip(",").split(",") == [word for word in told.split(",") if word]
    assert len(numbers(widths)) == len([*(REPORTS / "figures").rglob("*.json")])
    assert min(numbers(widths)) > 0


def test_a_planted_fault_is_heard(committed, tmp_path):
    faulty = committed.replace("</body>", "<script>no.such.thing()</script></body>")
    assert len(opened(faulty, folder=tmp_path).console) == 1
