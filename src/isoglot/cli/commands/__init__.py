"""The commands: one file each, or a folder where a command has commands of its own."""
