"""The command ``textrep``: what `import textrep` offers, in a shell.

`main` starts it, `app` names the commands, `outcome` turns what went wrong into one line and an exit code; a command
family a file: `embed`, `ask` (similar, analogy, vector) and `info`.
"""
