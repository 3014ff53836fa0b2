"""Numbers with nouns, as pages write them."""

from isoglot.amounts import counted
from isoglot.pages.words import NBSP, plural


def test_a_number_stays_in_the_line_of_its_noun_and_is_read_by_thousands():
    assert plural(1, "prompt") == f"1{NBSP}prompt"
    assert plural(2000, "bad row") == f"2,000{NBSP}bad rows"


def test_pages_and_terminal_say_the_same():
    for count in (0, 1, 2, 999, 1000, 1_234_567):
        assert plural(count, "cell").replace(NBSP, " ") == counted(count, "cell")
