"""The page holds all it shows, and says of every cell what the table says."""

import json
import re
from urllib.parse import unquote

import pytest

from tests.browser import browser, opened
from tractable import comparison_table
from tractable.contracts import BadInput
from tractable.numbers import write_numbers
from tractable.report.page import write_page
from tractable.store import digest

ROWS = """corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers,separated
phantom,physics,forward,V0 error (%),mean,not applicable,,,12.1,3.1,0,
phantom,hybrid,forward,V0 error (%),mean,4.532,4.212,4.852,12.1,3.1,8,
phantom,untrained,forward,V0 error (%),mean,102.4,90.1,114.7,12.1,3.1,8,yes
phantom,physics,forward,V1 natural skill,mean,1,1,1,0,1,8,
phantom,hybrid,forward,V1 natural skill,mean,0.861,0.842,0.88,0,1,8,
phantom,untrained,forward,V1 natural skill,mean,-0.2,-0.4,0,0,1,8,no
phantom,ridge,forward,V0 error (%),mean,5.6,5.1,6.1,12.1,3.1,8,
phantom,contours,measurement,contour error wall (px),all,0.5,0.4,0.6,,,8,
"""
COLUMNS = ",".join(comparison_table.COLUMNS)
COMPARISONS = f"""{COLUMNS}
phantom,primary,V1 natural skill,hybrid,mlp_jacobian,.17,.15,.2,8,4,0,2e-4,8e-3,6e-4,.036,.1,4,ahead
phantom,primary,V4 affiliation skill,hybrid,best_black_box,,,,0,0,,,,,,0.2,,
phantom,secondary,V0 error (%),hybrid,tube,-.228,-.398,-.058,8,4,.0157,.02,.0234,.0627,0.24,,,open
"""
OPTIONS = {
    "summary": ["V1 natural skill", "V0 error (%)"],
    "models": {"hybrid": "a tube & more", "physics": "theory"},
    "gate": ["ridge"],
    "controls": ["untrained"],
}
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


@pytest.fixture
def inputs(tmp_path):
    scores, figures = tmp_path / "scores.csv", tmp_path / "figures"
    scores.write_text(ROWS)
    (tmp_path / "comparisons.csv").write_text(COMPARISONS)
    for order, name in ((1, "phantom/b_second"), (0, "a_last_by_name_first_by_order")):
        place = figures / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_suffix(".svg").write_text(SVG)
        about = {"title": f"<{order}>", "caption": "4 < 5", "corpus": "", "order": order}
        about |= {"parameters": {"seconds": 3}, "inputs": {"data/x": "abc"}}
        about |= {"families": {"tube": ["hybrid"]}}
        place.with_suffix(".json").write_text(json.dumps(about))
    write_numbers(scores, tmp_path / "numbers", tmp_path / "metrics.json", metrics_shown=[])
    recorded = tmp_path / "recorded.csv"
    recorded.write_text(ROWS.partition("\n")[0] + "\n")
    pages = tmp_path / "numbers", tmp_path / "index.html"
    return scores, tmp_path / "comparisons.csv", recorded, figures, *pages


@pytest.fixture
def page(inputs):
    write_page(*inputs, **OPTIONS)
    return inputs[-1].read_text()


def bodies(page):
    """Tables whose rows are models."""
    return [b for b in re.findall(r"<tbody>(.*?)</tbody>", page, re.S) if "data-key" in b]


def row(page, model, table=0):
    """Cells of a model's row in a table of the page."""
    body = bodies(page)[table]
    (line,) = re.findall(rf'<tr[^>]*><td data-key="{model}"[^>]*>(.*?)</tr>', body, re.S)
    cells = re.findall(r'<td data-key="([^"]*)"[^>]*>(.*?)</td>', line, re.S)
    return [(key, re.sub(r"<[^>]+>", " ", text).split()) for key, text in cells]


def test_cells_say_what_the_table_says_in_the_order_asked(page):
    assert row(page, "hybrid") == [
        ("0.861", ["0.861", "0.842", "to", "0.880"]),
        ("4.532", ["4.5", "4.2", "to", "4.9"]),
    ]


def test_not_applicable_is_said_and_is_no_number(page):
    assert row(page, "physics")[1] == ("", ["\N{EN DASH}"])
    assert 'title="not applicable">\N{EN DASH}<' in page


def test_every_score_has_a_table_of_its_own(page):
    assert len(bodies(page)) == 4  # the summary and three scores
    assert row(page, "contours", 3) == [("0.5", ["0.50", "0.40", "to", "0.60"])]


def test_what_a_laboratory_brought_back_stands_beside_and_says_so(inputs, page):
    """Of a corpus that this run has scored itself, its own scores count."""
    of_phantom = ROWS.replace("4.532,4.212,4.852", "9,8,10")
    _, _, clip = ROWS.replace("phantom,", "clip,").replace(",8,", ",1,").partition("\n")
    inputs[2].write_text(of_phantom + clip)
    write_page(*inputs, **OPTIONS)
    told = inputs[-1].read_text()
    assert len(bodies(told)) == 2 * len(bodies(page))
    assert row(told, "hybrid") == row(page, "hybrid")
    _, _, below = told.partition('id="summary-clip"')
    assert row(below, "hybrid")[1] == ("4.532", ["4.5", "4.2", "to", "4.9"])
    assert told.count("aggregate scores alone came back") == 1
    assert "aggregate scores alone" not in page


MOVEMENT = """clip,linear,movement,V9 adequacy,all,16.9,,,,1,1,
clip,target,movement,V9 adequacy,all,15.2,,,,1,1,
clip,untrained,movement,V9 adequacy,all,3.1,,,,1,1,
clip,target,movement,V9 likeliest parameter,all,5,,,,,1,
clip,target,movement,V9 parameter at least,all,4,,,,,1,
clip,target,movement,V9 parameter at most,all,7,,,,,1,
clip,linear,movement,V9 likeliest parameter,all,0.9,,,,,1,
clip,target,movement,V9 forward skill,all,-0.17,,,0,1,1,
clip,linear,movement,V9 forward skill,all,0.2,,,0,1,1,
clip,measured_gestures,movement,V9 gestures in evidence,all,136,,,,,1,
"""


def test_what_is_said_of_movement_is_of_the_law_that_leaves_least(inputs, page):
    """No control counts as a law; what was not asked is said not to be applicable."""
    assert 'id="movement' not in page
    assert "#movement" not in page
    inputs[2].write_text(ROWS.partition("\n")[0] + "\n" + MOVEMENT)
    write_page(*inputs, **OPTIONS)
    (words,) = re.findall(r'<p id="movement-clip">(.*?)</p>', inputs[-1].read_text(), re.S)
    words = " ".join(re.sub(r"<[^>]+>", "", words).split())
    assert "136 gestures speak for or against laws" in words
    assert "target leaves least of them: 15 times" in words
    assert (
        "parameter is 5; 4 to 7 are not refuted, if misfit is counted as noise. It foretells"
        in words
    )
    assert "skill \N{MINUS SIGN}0.17;" in words
    assert "to not applicable mm" in words
    assert "One speaker has no interval" in words


def test_models_are_compared_family_by_family(page):
    section = page.split('id="compared"')[1].split('id="read"')[0]
    families = re.findall(r"<summary>(\w+) .*?<tbody>(.*?)</tbody>", section, re.S)
    assert [name for name, _ in families] == ["primary", "secondary"]
    primary, secondary = (re.sub(r"<[^>]+>", " ", body).split("\n") for _, body in families)
    told = [" ".join(line.split()) for line in (*primary, *secondary) if line.strip()]
    assert told == [
        "V1 natural skill hybrid mlp jacobian 0.17 0.15 to 0.20 &lt; 0.001 &lt; 0.001 0.0080 "
        "&lt; 0.001 ahead 0.036 4 for 0.1",
        "V4 affiliation skill hybrid best black box not applicable no test",
        "V0 error (%) hybrid tube \N{MINUS SIGN}0.23 \N{MINUS SIGN}0.40 to \N{MINUS SIGN}0.06 "
        "0.016 0.020 0.023 0.063 open 0.24",
    ]


def test_controls_are_marked(page):
    assert re.search(r'class="control"><td data-key="untrained">', page)
    assert not re.search(r'class="control"><td data-key="hybrid">', page)


def test_models_come_in_the_order_asked_with_a_word_on_each(page):
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)[0]
    named = re.findall(r'<td data-key="([a-z]+)"(?: title="([^"]*)")?>', body)
    assert named == [
        ("hybrid", "a tube &amp; more"),
        ("physics", "theory"),
        ("untrained", ""),
        ("ridge", ""),
    ]
    assert "<dt>hybrid</dt><dd>a tube &amp; more</dd>" in page


def test_the_gate_stops_what_is_less_accurate_than_its_best(inputs, page):
    assert "stopped by V0" not in page.split('id="summary-phantom"')[1].split("</table>")[0]
    inputs[0].write_text(ROWS.replace("mean,4.532", "mean,5.7"))
    write_numbers(inputs[0], inputs[4], inputs[4].parent / "metrics.json", metrics_shown=[])
    write_page(*inputs, **OPTIONS)
    stopped = re.findall(
        r'data-key="(\w+)"[^>]*>\w+<span class="tag gate">', inputs[-1].read_text()
    )
    assert set(stopped) == {"hybrid"}


def test_a_gate_that_is_not_there_is_refused(inputs):
    with pytest.raises(BadInput, match=r"gate: no model 'rigde'; did you mean 'ridge'"):
        write_page(*inputs, **OPTIONS | {"gate": ["rigde"]})


def test_a_heading_says_which_way_is_better(page):
    head = re.search(r'id="summary-phantom">\s*<thead>(.*?)</thead>', page, re.S)[1]
    assert re.findall(r">([^<>]+)</button>", head) == [
        "model",
        "V1 natural skill ↑",
        "V0 error (%) ↓",
    ]


def test_a_drawing_as_wide_as_a_column_stays_so(inputs):
    wide = {"column": "252pt", "page": "504pt"}
    folder = inputs[3]
    for about, width in zip(sorted(folder.rglob("*.json")), wide.values(), strict=True):
        drawn = SVG.replace("width='9'", f'version="1" width="{width}"')
        about.with_suffix(".svg").write_text(drawn)
    write_page(*inputs, **OPTIONS)
    assert re.findall(r'<div class="(paper[^"]*)">', inputs[-1].read_text()) == [
        "paper narrow",
        "paper",
    ]


def test_a_score_says_which_controls_pass_it(page):
    (line,) = re.findall(r'<tr class="passing">(.*?)</tr>', page, re.S)
    assert re.findall(r"<td>(.*?)</td>", line) == [
        "controls not told from their counterpart",
        "untrained",
        "none",
    ]


def test_figures_come_in_their_order_inside_the_page_and_escaped(page):
    pictures = re.findall(r"""alt="([^"]*)" src='data:image/svg\+xml,([^']*)'""", page)
    assert [alt for alt, _ in pictures] == ["&lt;0&gt;", "&lt;1&gt;"]
    assert unquote(pictures[0][1]) == SVG
    assert "4 &lt; 5" in page


def test_the_page_asks_nothing_of_the_network(page):
    assert set(re.findall(r"""(?:src|href)=["'](?!data:|#)(.*?)["']""", page)) == {
        "data.html",
        "models.html",
        "paper/tractable.pdf",
    }
    assert "http" not in re.sub("src='data:[^']*'", "", page)


def test_a_figure_says_where_it_comes_from_and_where_its_numbers_are(inputs, page):
    made = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.S)
    assert len(made) == 2
    for part in made:
        assert "Stage <code>figures</code>" in part
        assert re.search(r'<pre>\{\s*&#34;seconds&#34;: 3\s*\}</pre>|"seconds": 3', part)
        assert "abc  data/x" in part
        assert "numbers" not in part
    (inputs[3] / "phantom/b_second.csv").touch()
    write_page(*inputs, **OPTIONS)
    assert '<a href="figures/phantom/b_second.csv">' in inputs[-1].read_text()


def test_the_page_names_its_tables_with_their_digests(inputs, page):
    provenance = page.split('id="provenance"')[1]
    for path in inputs[:3]:
        assert f"{digest(path)}  {path.as_posix()}" in provenance


def test_the_same_page_twice(inputs, page):
    write_page(*inputs, **OPTIONS)
    assert inputs[-1].read_text() == page


def test_a_figure_without_its_picture_or_a_corpus_without_numbers_is_refused(inputs):
    *_, figures, numbers, index = inputs
    (numbers / "phantom.json").unlink()
    with pytest.raises(BadInput, match="dvc repro numbers"):
        write_page(*inputs, **OPTIONS)
    write_numbers(inputs[0], numbers, numbers.parent / "metrics.json", metrics_shown=[])
    (figures / "phantom/b_second.svg").unlink()
    with pytest.raises(BadInput, match=r"b_second\.svg"):
        write_page(*inputs, **OPTIONS)
    assert not index.exists()


@pytest.fixture
def in_browser(page, tmp_path):
    """What steps on the page leave in its title, bit by bit."""

    def run(*steps):
        return opened(page, *steps, folder=tmp_path).told

    return run


HEADS = "[...document.querySelectorAll('#summary-phantom thead th')]"
MODELS = (
    "[...document.querySelectorAll('#summary-phantom tbody tr')]"
    ".map(row => row.children[0].dataset.key).join()"
)


@browser
@pytest.mark.slow
def test_a_click_on_a_heading_sorts_in_a_real_browser(in_browser):
    """The page opens from a file; not applicable stays last both ways, 102.4 comes after 5.6."""
    click = f"{HEADS}[2].querySelector('button').click() ?? {MODELS}"
    assert in_browser(click, click) == [
        "hybrid,ridge,untrained,physics",
        "untrained,ridge,hybrid,physics",
    ]


@browser
@pytest.mark.slow
def test_headings_can_be_reached_by_keyboard_and_say_how_they_sort(in_browser):
    button = f"{HEADS}[0].querySelector('button')"
    state = f"{HEADS}.map(head => head.ariaSort ?? 'none').join()"
    told = in_browser(
        f"({button}.focus(), document.activeElement === {button} && {button}.tabIndex)",
        f"({button}.click(), {state})",
        f"({button}.click(), {state})",
        f"({HEADS}[1].querySelector('button').click(), {state})",
        MODELS,
    )
    assert told[0] == "0"
    assert told[1:4] == [
        "ascending,none,none",
        "descending,none,none",
        "none,ascending,none",
    ]
    assert told[4] == "untrained,hybrid,physics,ridge"  # ridge has no skill


@browser
@pytest.mark.slow
def test_pictures_are_seen_in_a_real_browser(in_browser):
    seen = "[...document.images].map(image => image.naturalWidth).join()"
    assert in_browser(seen) == ["9,9"]
