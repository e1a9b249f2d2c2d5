"""Sub-commands of the `bridgenet` command line, one a module.

Each module has ``NAME`` and ``HELP``, ``add_arguments(parser)``, and ``run(args)``, which returns
the exit code. Heavy imports belong inside ``run``: the help needs every module. What several
commands share is in modules whose names begin with an underscore.
"""
