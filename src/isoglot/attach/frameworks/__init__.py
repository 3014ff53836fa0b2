"""Other training frameworks, one file each; what all of them read is in :mod:`.section`."""
