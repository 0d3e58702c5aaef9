"""One architecture a file; the file's name is the ``kind`` that params.yaml asks for.

A file defines one :class:`~tractable.models.model.Model`, with a class method
``fit(examples, *, <parameters of its own>, seed)`` and a differentiable ``forward`` that returns
a :class:`~tractable.models.model.Prediction`. Nothing else has to know of it: a lesson is
remembered with the code of its own kind and of those that this one imports, and without the rest.
"""
