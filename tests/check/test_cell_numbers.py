"""Numbers of a source, in whatever digits or words a text has them."""

from __future__ import annotations

from isoglot.check.rules.han_numbers import han_numbers
from isoglot.check.rules.numbers import lost_numbers, numbers


def lost(source, text, language):
    found = lost_numbers(source, text, language)
    return "" if found is None else found.detail


def test_numbers_in_plain_digits():
    assert numbers("1,250.50 and 1.250,50; 3.5 % of 2 000 000") == {"1250.5": 2, "3.5": 1, "2000000": 1}
    assert numbers("٣٫٥ و١٢٠ ৩৫ ๑๒") == {"3.5": 1, "120": 1, "35": 1, "12": 1}
    assert numbers("none") == {}


def test_han_numbers():
    assert han_numbers("二百五十元，二〇二四年，三万，十二") == {"250", "2024", "30000", "12"}
    assert han_numbers("一千零一夜") == {"1001"}


def test_a_number_that_is_there_in_another_form_is_kept():
    for source, text, language in (
        ("It has 3 eggs", "Es hat drei Eier", "de"),
        ("It has 3 eggs", "它有三个鸡蛋", "zh"),
        ("It has 3 eggs", "Lina mayai matatu", "sw"),
        ("35 people came", "جاء ٣٥ شخصًا", "ar"),
        ("35 people came", "৩৫ জন এসেছে", "bn"),
        ("35 people came", "Fünfunddreißig Leute kamen", "de"),
        ("in the 21st century", "en el siglo XXI.", "es"),
        ("in August 2021", "ในเดือนสิงหาคม พ.ศ. 2564", "th"),
        ("It costs $250", "Es kostet 230 Euro", "de"),
        ("It is 1,250.50", "Das sind 1.250,50", "de"),
        ("2 of 2", "2", "de"),
        ("7 hills", "words of no language known here", "qu"),
    ):
        assert lost(source, text, language) == "", (source, text)


def test_a_number_that_is_missing_or_another_is_lost():
    assert lost("It has 3 eggs", "Es hat Eier", "de") == "number 3 not kept"
    assert lost("Call 4711 now", "Rufen Sie jetzt an", "de") == "number 4711 not kept"
    assert lost("Call 4711 now", "Rufen Sie 4712 an", "de") == "number 4711 not kept; there is 4712"
    assert lost("35 people came", "Dreißig Leute kamen", "de") == "number 35 not kept"
    assert lost("It costs $250 and weighs 12 kg", "Es kostet 230 Euro", "de").startswith("number 12 not kept")
