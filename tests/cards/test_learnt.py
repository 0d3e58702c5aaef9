"""What counts as learnt: what depends on the training speakers, and is no scaling."""

import torch

from tractable.cards.learnt import chosen, counts, offered, total, untried

SCALES = {"given_mean": torch.zeros(5), "doubt": torch.ones(3)}


def told(states):
    return {count.kind: str(count) for count in counts(states)}


def test_weights_count_and_scalings_stand_apart():
    states = [
        {"slope": torch.full((5, 3), k), "given_mean": torch.full((5,), k)} for k in (1.0, 2.0)
    ]
    assert told(states) == {"weights": "15", "means, spreads and directions of the data": "5"}
    assert str(total(counts(states))) == "15"


def test_what_all_folds_share_was_not_learnt():
    """A textbook's law, an untrained network."""
    states = [{"exponent": torch.full((40,), 2.0), "weight0": torch.ones(3, 3)}] * 2
    assert counts(states) == []
    assert str(total([])) == "0"


def test_a_tube_has_a_law_a_tract_and_a_residual():
    states = [
        {
            "exponent": torch.full((40,), k),
            "log_scale": torch.full((40,), k),
            "log_wall": torch.tensor(k),
            "turned": torch.tensor(False),
            "excuse.weight0": torch.full((2, 7), k),
            "bend.weight0": torch.full((3,), k),
            "excuse.given_mean": torch.full((2,), k),
        }
        for k in (1.0, 2.0)
    ]
    assert told(states) == {
        "law of area": "80",
        "tract and scales": "1",
        "residual": "14",
        "bend": "3",
        "means, spreads and directions of the data": "2",
    }
    assert str(total(counts(states))) == "98"


def test_folds_may_differ_in_number():
    states = [{"neighbour": torch.full((n, 2), float(n)), **SCALES} for n in (600, 500)]
    assert told(states) == {"examples kept": "1,000 to 1,200"}


def test_of_one_fold_alone_nothing_is_known_to_be_fixed():
    assert told([{"exponent": torch.ones(40)}]) == {"law of area": "40"}


def test_the_search_is_told_as_it_was():
    trials = [[{"width": w, "decay": d}, 0.1] for w in (8, 16) for d in (0.1, 0.2)]
    about = {"search": trials, "parameters": {"width": 16, "decay": 0.1, "seed": 1}}
    assert offered([about]) == {"width": [8, 16], "decay": [0.1, 0.2]}
    assert chosen(about) == {"width": 16, "decay": 0.1}
    assert offered([{"search": []}]) == {}


def test_a_fold_without_a_search_hides_no_search_of_the_others():
    tried, silent = {"search": [[{"width": 8}, 0.1]]}, {"search": [], "untried": "0 frames"}
    assert offered([silent, tried]) == {"width": [8]}
    assert untried([tried, silent]) == {2: "0 frames"}
