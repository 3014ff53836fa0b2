"""Tags that are codes of countries: no language's, or another's than the texts are in."""

from __future__ import annotations

from isoglot.groups import PromptGroup
from isoglot.groups.strange_tags import strange_tags

KOREAN = ["빵을 어떻게 굽나요?", "오늘 날씨가 어때요?", "이 책은 재미있어요."]
PORTUGUESE = [
    "Como posso fazer pão em casa sem forno e sem fermento?",
    "Qual é a melhor maneira de aprender uma nova língua?",
    "Escreva uma pequena história sobre um gato que não sabia nadar.",
]
BRETON = [
    "Penaos e c'hallan ober bara er gêr hep forn ebet?",
    "Petra eo an doare gwellañ da zeskiñ ur yezh nevez?",
    "Skriv un istor berr diwar-benn ur c'hazh ha ne ouie ket neuial.",
]


def groups(**texts):
    columns = zip(*([(tag, text) for text in column] for tag, column in texts.items()), strict=True)
    return [PromptGroup(str(n), {"en": f"Text {n}", **dict(row)}) for n, row in enumerate(columns)]


def test_a_tag_of_no_language_is_told_with_the_right_one():
    (said,) = strange_tags(groups(jp=["パンの焼き方は？"]))
    assert said == (
        "prompts: jp is the tag of no language that is known. JP is a country's code (Japan). Write ja (Japanese)."
    )
    assert "gr is the tag of no language" in strange_tags(groups(gr=["Πώς;"]))[0]
    assert "Write a tag, as in sw" in strange_tags(groups(xx=["?"]))[0]


def test_a_language_whose_texts_are_those_of_a_country_of_that_code():
    assert strange_tags(groups(kr=KOREAN)) == [
        "prompts: kr is Kanuri, and most of its texts are Korean (ko). Is the tag right?"
    ]
    assert "br is Breton, and most of its texts are Portuguese (pt)" in strange_tags(groups(br=PORTUGUESE))[0]


def test_right_tags_are_not_strange():
    assert strange_tags(groups(br=BRETON, pt=PORTUGUESE, ko=KOREAN)) == []
    assert strange_tags(groups(kr=KOREAN[:2])) == []  # two texts show nothing
    assert strange_tags(groups(**{"pt-BR": PORTUGUESE, "zh-TW": KOREAN})) == []
