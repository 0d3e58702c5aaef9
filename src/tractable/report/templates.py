"""What the pages are filled into; they share one style."""

from importlib.resources import files

import jinja2


def template(name: str) -> jinja2.Template:
    """The page of this name beside this module."""
    settings = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda part: (files(__package__) / part).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    settings.filters["spoken"] = lambda model: model.replace("_", " ")
    return settings.get_template(name)
