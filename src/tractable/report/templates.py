"""What the pages are filled into; they share one style."""

from importlib.resources import files

import jinja2


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
    return settings.get_template(name)
