"""What the tables of sweep and quickstart show of each setting: rates, each over three slices of languages."""

MEASURES = {
    "harmful_refused": "harmful refused",
    "harmful_refused_own_language": "… in own language",
    "harmless_answered_own_language": "harmless answered in own",
    "harmless_refused": "harmless refused",
}
OF_SOME_TESTS = {"borderline_refused": "borderline refused"}  # shown where the test has such prompts
SLICES = ("pivot", "aligned", "unseen")
