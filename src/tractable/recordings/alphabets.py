"""Labels of phones in SAMPA, which the house speaks, where there is no doubt what they mean."""

import re
from collections.abc import Callable

Sampa = Callable[[str], str]
"""From a corpus's own label to SAMPA; what is in doubt stays as it is."""

PAUSES = {"", "sil", "sp", "pau", "h#", "#h", "#", "_", "<sil>"}

#: ARPAbet as the CMU dictionary has it: Weide (1998), speech.cs.cmu.edu/cgi-bin/cmudict; American
#: English in SAMPA: Wells, phon.ucl.ac.uk/home/sampa/american.htm. AH is a strut vowel where it is
#: stressed and a schwa where it is not: without its digit nobody can tell, and it stays AH.
ARPABET = {
    **{"AA": "A", "AE": "{", "AH0": "@", "AH1": "V", "AH2": "V", "AO": "O", "AW": "aU", "AX": "@"},
    **{"AY": "aI", "EH": "E", "ER": "3`", "EY": "eI", "IH": "I", "IY": "i", "OW": "oU", "OY": "OI"},
    **{"UH": "U", "UW": "u", "B": "b", "CH": "tS", "D": "d", "DH": "D", "F": "f", "G": "g"},
    **{"HH": "h", "JH": "dZ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "N", "P": "p"},
    **{"R": "r", "S": "s", "SH": "S", "T": "t", "TH": "T", "V": "v", "W": "w", "Y": "j"},
    **{"Z": "z", "ZH": "Z"},
}


def arpabet(label: str) -> str:
    """ARPAbet in either case, with or without digits of stress, to SAMPA."""
    upper = label.upper()
    plain = re.sub(r"[012]$", "", upper)
    return ARPABET.get(upper, ARPABET.get(plain, without_pause(label)))


def without_pause(label: str) -> str:
    """SAMPA as it is; a pause has no label."""
    return "" if label.lower() in PAUSES else label
