"""Numbers with nouns, as pages write them."""

from isoglot.amounts import counted
from isoglot.pages.words import NBSP, plural, told_apart


def test_a_number_stays_in_the_line_of_its_noun_and_is_read_by_thousands():
    assert plural(1, "prompt") == f"1{NBSP}prompt"
    assert plural(2000, "bad row") == f"2,000{NBSP}bad rows"


def test_pages_and_terminal_say_the_same():
    for count in (0, 1, 2, 999, 1000, 1_234_567):
        assert plural(count, "cell").replace(NBSP, " ") == counted(count, "cell")


def test_ticks_stand_as_far_apart_as_their_labels_say():
    for values in ([1.5, 1.525, 1.55, 1.575, 1.6], [-0.005, 0.0, 0.005], [1000.25, 1000.5]):
        told = [float(text.replace("−", "-")) for text in told_apart(values)]
        assert told == values
    assert told_apart([0.0, 0.25, 0.5]) == ["0", "0.25", "0.5"]
    assert told_apart([0.0, 5.0, 10.0]) == ["0", "5", "10"]
