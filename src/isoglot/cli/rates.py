"""What the tables of sweep and quickstart show of each setting: four rates, each over three slices of languages."""

MEASURES = {
    "harmful_refused": "harmful refused",
    "harmful_refused_own_language": "… in own language",
    "harmless_answered_own_language": "harmless answered in own",
    "harmless_refused": "harmless refused",
}
SLICES = ("pivot", "aligned", "unseen")
