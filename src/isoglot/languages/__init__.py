"""The one registry of languages: tags, names, scripts, and what language a text is in.

Names, autonyms and the tags that replace others come from Unicode's CLDR through babel; the languages and their scripts
from FLORES-200 (``flores200.yaml``); what neither says stands in ``registry.yaml``. babel was taken rather than
langcodes: both have CLDR's names, autonyms and aliases, and neither has macrolanguages with their members. langcodes
has English names of some languages more, but for names it needs 24 MB of data besides, a compiled trie, and 74 ms to
import (babel: 30), and its likely script of ``azb`` and ``pbt`` is Latin, of which CLDR says Arabic. babel is imported
when a name or a tag that is not the usual one is asked for, never by ``isoglot --help``.
"""

from .identifier import FOREIGN, MIN_CHARACTERS, MIN_PROBABILITY, UNDETERMINED, identify
from .registry import (
    LANGUAGES,
    Language,
    among,
    base_tag,
    called,
    direction,
    instead,
    language,
    language_scripts,
    of_country,
)
from .tags import canonical_tag, flores_codes, is_tag
from .target import Target, meant, target_language
from .tellable import Tellable, tellable
from .writing import main_script, scripts

__all__ = [
    "FOREIGN",
    "LANGUAGES",
    "MIN_CHARACTERS",
    "MIN_PROBABILITY",
    "UNDETERMINED",
    "Language",
    "Target",
    "Tellable",
    "among",
    "base_tag",
    "called",
    "canonical_tag",
    "direction",
    "flores_codes",
    "identify",
    "instead",
    "is_tag",
    "language",
    "language_scripts",
    "main_script",
    "meant",
    "of_country",
    "scripts",
    "target_language",
    "tellable",
]
