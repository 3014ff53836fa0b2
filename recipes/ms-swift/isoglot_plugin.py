"""The default term for ms-swift, which imports this file by ``external_plugins`` and uses it by ``callbacks``.

``groups.jsonl`` needs harmful and harmless groups: the guard is over the harmless ones.
"""

from isoglot.attach.frameworks.ms_swift import register

register(
    {
        "groups": "groups.jsonl",
        "consistency": {"objective": "pivot_distance", "layer": 0.5, "weight": 2.0, "retention": 0.4},
    }
)
