"""Files of ours that a stage imports, a line each: ``python -P tests/imported.py FILE PACKAGE``.

Of packages that params.yaml names modules of, all of these count as imported with the package.
"""

import importlib
import pkgutil
import runpy
import sys

stage, *by_name = sys.argv[1:]
runpy.run_path(stage, run_name="imported")
for package in set(by_name) & set(sys.modules):
    for module in pkgutil.iter_modules(sys.modules[package].__path__):
        importlib.import_module(f"{package}.{module.name}")
ours = [module for name, module in sys.modules.items() if name.split(".")[0] == "tractable"]
print(*(module.__file__ for module in ours), sep="\n")
