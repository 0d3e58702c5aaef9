"""What the pages are filled into; they share one style."""

from importlib.resources import files
from urllib.parse import quote

import jinja2

#: Signs that an address may hold as they are, in an attribute in single quotes.
PLAIN = ' !"$()*+,/:;=?@[\\]^`{|}'


def template(name: str, package: str = __package__) -> jinja2.Template:
    """The page of this name in a package; what it includes may lie there, or beside this module."""

    def text(part: str) -> str:
        there = files(package) / part
        return (there if there.is_file() else files(__package__) / part).read_text("utf-8")

    settings = jinja2.Environment(
        loader=jinja2.FunctionLoader(text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    settings.filters["spoken"] = lambda model: model.replace("_", " ")
    settings.filters["address"] = address
    return settings.get_template(name)


def address(svg: str) -> str:
    """A picture as an address that holds it, for ``src='{{ svg | address | safe }}'``.

    Shorter than base64, and what has not changed looks the same to git.
    """
    return f"data:image/svg+xml,{quote(svg, safe=PLAIN)}"
