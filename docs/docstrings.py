"""An extension of griffe, which reads our docstrings: choices in braces are a type like others.

griffe drops what stands behind the braces (`{"mono", "both"} or int`) and takes the first choice for the default; the
signature has the real one.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

CHOICES = re.compile(r"^( *\w+ : )\{(.*)\}(.*)$", re.MULTILINE)


class Choices(griffe.Extension):
    """Take the braces away before a docstring is taken apart."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of whatever has one."""
        if obj.docstring is not None:
            obj.docstring.value = CHOICES.sub(r"\1\2\3", obj.docstring.value)
