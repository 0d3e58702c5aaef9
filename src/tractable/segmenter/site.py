"""How much a network learns of a site, unless somebody says otherwise."""

STEPS = 600
FRAMES = 400  #: of all clips together, evenly spread
SEED = 0
