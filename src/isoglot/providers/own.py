"""How models are named: ``isoglot/FOLDER`` is one that is loaded here, as a provider of inspect_ai that isoglot is."""

from __future__ import annotations

OWN = "isoglot/"  # what such a model's name begins with; the folder, or a name on the hub, comes after it
OF_PROVIDER = "provider:"  # what stands before a name in place of a hash, where nobody knows the weights
