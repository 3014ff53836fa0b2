"""The provider of inspect_ai that isoglot is itself: ``isoglot/FOLDER`` is a model that is loaded here."""

from __future__ import annotations

OWN = "isoglot/"  # what such a model's name begins with; the folder, or a name on the hub, comes after it
