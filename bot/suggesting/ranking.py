"""Which records share words with what a form is about: by counting, always the same. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.suggesting.matching import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain import Entity

MOST_READ: Final = 2_000
"""Characters of one text that are looked at."""
SHORTEST: Final = 3
_STEM: Final = 5
"""Words that begin with the same so many letters are one word in two forms."""
_LONGEST_CODE: Final = 8
_MARKUP: Final = re.compile(r"<(?:[@#!]|(?i:https?://|mailto:))[^|<>]*(?:\|([^<>]*))?>")
_WORD: Final = re.compile(r"[^\W_]+")
_DATE: Final = re.compile(r"\d{1,3}|(?:19|20)\d\d|\d{8}|\d{10,}")
"""Numbers of counting and of calendars, and time stamps: no name of anything."""

_STOP_WORDS: Final = """
    about after again all also and any are ask because been before but can could did does doing done
    each for from get give got had has have her here hers him his how into its just let like look
    made make many may more most much must need new not now off old one only onto other our out over
    own per please pls put same see send sent she should since some such take than thank thanks that
    the their them then there these they this those though today tomorrow too two under until upon
    use used very via want was way well were what when where which while who whom why will with
    would yes yesterday yet you your yours

    monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december week month year quarter

    archive attached attachment copy docs document documents draft drafts email export fax file
    files final form image img invoice letter mail message note notes page pages pdf photo picture
    print report scan scanned screen screenshot sheet shot signed unsigned template untitled upload
    version video agreement contract offer order quote receipt

    avi bmp csv doc docx eml gif gz heic htm html jpeg jpg json key md mkv mov mp3 mp4 msg odp ods
    odt png ppt pptx rar rtf svg tar tif tiff txt wav webm webp xls xlsm xlsx xml zip

    channel chat general help hello internal misc office partner private project public random sales
    shared slack support team

    case cases client company contact contacts crm customer deal deals http https opportunity person
    record www com net org
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
"""Words that say nothing of whom a file is about: of the language, of files, of channels."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fit:
    """An entity whose title shares these words (folded, as they stand in the title)."""

    entity: Entity
    shared: tuple[str, ...]


def telling(texts: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the words that are worth asking a portal for, the best first.

    What stands in several texts comes first, then names (by their capital letter), then what
    stands first.
    """
    found: dict[str, None] = {}
    texts_of: Counter[str] = Counter()
    names: set[str] = set()
    for text in texts:
        spelled = [word for word in _spelled(text) if _tells(folded(word))]
        found |= dict.fromkeys(map(folded, spelled))
        texts_of.update({folded(word) for word in spelled})
        names |= {folded(word) for word in spelled if word[0].isupper() and not word.isupper()}
    # Sorting keeps the order of what is equal.
    best = sorted(found, key=lambda word: (-texts_of[word], word not in names))
    return tuple(best[:most])


def ranked(candidates: Iterable[Entity], texts: Sequence[str], most: int) -> list[Fit]:
    """Return the entities that share words with the texts, those with the rarest words first.

    A word that many titles have counts little; a title that is shared as a whole, twice.
    """
    about = set(itertools.chain.from_iterable(map(_words, texts)))
    titles = {entity: _words(entity.title) for entity in candidates} if about else {}
    shared = {
        entity: tuple(word for word in words if any(_alike(word, one) for one in about))
        for entity, words in titles.items()
    }
    how_many = Counter(itertools.chain.from_iterable(shared.values()))

    def key(fit: Fit) -> tuple[float, bool, str, str, int]:
        rarity = sum(1 / how_many[word] for word in sorted(fit.shared))
        share = len(fit.shared) / len(titles[fit.entity])
        entity = fit.entity
        title = folded(entity.title)
        return -rarity * (1 + share), bool(entity.closed), title, entity.ref.type, entity.ref.id

    return sorted((Fit(one, words) for one, words in shared.items() if words), key=key)[:most]


def _words(text: str) -> tuple[str, ...]:
    """Return the telling words of a text, folded, each once."""
    return tuple(dict.fromkeys(word for word in map(folded, _spelled(text)) if _tells(word)))


def _spelled(text: str) -> list[str]:
    """Return all words; of Slack's links and mentions those that people read."""
    return _WORD.findall(_MARKUP.sub(r" \1 ", text[:MOST_READ]))


def _tells(word: str) -> bool:
    if len(word) < SHORTEST or word in STOP_WORDS or _DATE.fullmatch(word):
        return False
    mixed = any(map(str.isdecimal, word)) and any(map(str.isalpha, word))
    return not (mixed and len(word) > _LONGEST_CODE)  # what programs name files by


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    begins = one.startswith(other) or other.startswith(one)
    return begins and min(len(one), len(other)) >= _STEM
