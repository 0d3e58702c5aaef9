"""How words are spoken: English by the CMU dictionary, others by the laboratory's own, in SAMPA.

A phone is named by a sign of SAMPA, as everywhere in the house. The acoustic model knows the phones
of English alone, by their ARPAbet names: ``HEARD_AS`` says by which of them a sign is heard.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pocketsphinx

from tractable.contracts import BadInput, likely
from tractable.recordings.alphabets import arpabet

#: The model's phones of English, in SAMPA. Its dictionary writes no stress, so that AH stays AH,
#: which may be a strut vowel or a schwa.
VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
SONORANTS = ("L", "M", "N", "NG", "R", "W", "Y")
OBSTRUENTS = ("B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "P", "S", "SH", "T", "TH", "V", "Z")
ENGLISH = {phone: arpabet(phone) for phone in (*VOWELS, *SONORANTS, *OBSTRUENTS, "ZH")}
#: What English lacks is heard as any of its nearest phones, equally likely.
FOREIGN = {
    **{"a": "AA AH", "e": "EY IH EH", "o": "OW UH AO", "y": "UW IY", "Y": "UH IH", "2": "ER UH"},
    **{
        "9": "ER EH",
        "@": "AH EH UH ER",
        "V": "AH",
        "3": "ER",
        "6": "AH ER",
        "Q": "AA AO",
        "M": "UW IH",
        "1": "IH UH",
    },
    **{"C": "SH HH", "x": "HH K", "R": "R G", "B": "V B", "G": "G", "J": "N Y", "4": "D"},
}
HEARD_AS = {sign: (phone,) for phone, sign in ENGLISH.items()} | {
    sign: tuple(phones.split()) for sign, phones in FOREIGN.items()
}

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"  # as word processors write it

Pronunciation = list[str]  # signs of SAMPA
Dictionary = Mapping[str, list[Pronunciation]]


class Word(NamedTuple):
    text: str
    pronunciations: list[Pronunciation]  # the ways in which it may be spoken


def heard_as(sign: str) -> tuple[str, ...]:
    """Phones of the model, by their ARPAbet names, as which a sign is heard; length marks aside."""
    return HEARD_AS[sign.rstrip(":")]


def is_vowel(sign: str) -> bool:
    return heard_as(sign)[0] in VOWELS


def is_voiced(sign: str) -> bool:
    """Whether the voice sounds throughout: in vowels, nasals and approximants."""
    return heard_as(sign)[0] in VOWELS + SONORANTS


def spoken(text: str, own: Dictionary, where: str) -> list[Word]:
    """The words of a prompt, each with its pronunciations; ``own`` ones win over the dictionary's.

    Parameters
    ----------
    where : file and line of the prompt, for complaints.

    Raises
    ------
    BadInput : no word at all, or one that neither dictionary has.
    """
    texts = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower().replace(APOSTROPHE, "'"))
    if not texts:
        raise BadInput(f"{where}: no word in {text!r}; take the line out, or say what was read")
    unknown = [word for word in dict.fromkeys(texts) if not pronunciations(word, own)]
    if unknown:
        raise BadInput(
            f"{where}: neither the CMU dictionary nor your own knows {', '.join(unknown)}; write "
            f"`{unknown[0]}  ...` into the file that params.yaml: corpora: pronunciations names, "
            "one sign of SAMPA after another"
        )
    return [Word(word, pronunciations(word, own)) for word in texts]


def pronunciations(word: str, own: Dictionary) -> list[Pronunciation]:
    return own.get(word) or english().get(word, [])


@cache
def english() -> Dictionary:
    """The CMU Pronouncing Dictionary as pocketsphinx carries it."""
    entries: dict[str, list[Pronunciation]] = {}
    file = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    for line in file.read_text("utf-8").splitlines():
        word, *phones = line.split()
        signs = [ENGLISH[phone] for phone in phones]
        entries.setdefault(re.sub(r"\(\d+\)$", "", word), []).append(signs)
    return entries


def read_dictionary(path: Path) -> Dictionary:
    """Own pronunciations: lines ``word  sign sign ...``; a word of several lines has several.

    Signs are SAMPA's, apart by blanks; what follows a # at the beginning of a line is a comment.

    Raises
    ------
    BadInput : no such file, a word without signs, or a sign that is not known.
    """
    if not path.is_file():
        raise BadInput(f"{path}: not there, though params.yaml: corpora: pronunciations names it")
    entries: dict[str, list[Pronunciation]] = {}
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, *signs = line.split()
        check_signs(signs, f"{path}: line {number}: {word}")
        entries.setdefault(word.lower(), []).append(signs)
    return entries


def check_signs(signs: Iterable[str], where: str) -> None:
    signs = list(signs)
    if not signs:
        raise BadInput(
            f"{where}: no phones; write them in SAMPA, apart by blanks, as in `apa  a p a`"
        )
    for sign in signs:
        if sign.rstrip(":") not in HEARD_AS:
            raise BadInput(f"{where}: no sign {sign!r} of SAMPA is known; {likely(sign, HEARD_AS)}")
