"""Sub-commands of the `bridgenet` command line."""
