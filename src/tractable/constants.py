"""Physical constants in SI, each with its source."""

import math

#: Speed of sound in moist air at body temperature [m/s] (Sondhi & Schroeter 1987).
SOUND_SPEED = 350.0
#: Density of moist air at body temperature [kg/m3] (Sondhi & Schroeter 1987).
AIR_DENSITY = 1.14

#: Cross-distance at which laws of area are quoted [m].
CENTIMETRE = 0.01

# Losses after Sondhi & Schroeter (1987), doi:10.1109/TASSP.1987.1165240, table I.
#: Ratio of wall resistance to wall mass [1/s].
WALL_DAMPING = 130 * math.pi
#: Squared angular frequency of the mechanical resonance of the walls [1/s2].
WALL_RESONANCE_SQUARED = (30 * math.pi) ** 2
#: Lowest angular frequency of a tract closed at both ends [1/s].
CLOSED_TRACT_RESONANCE = 406 * math.pi
#: Correction for viscous friction and heat conduction [1/s].
FRICTION = 4.0

# The same form fitted by us to what VocalTractLab's own tube does (its poles in 36 shapes of two of
# the nine anatomies, JD3 and sim2, piriform fossa closed). Its walls yield as Sondhi & Schroeter's
# do but with six times their friction, and its air has an eighth of theirs: with their constants F1
# is 8 % off.
#: Ratio of wall resistance to wall mass in VocalTractLab [1/s].
SIMULATOR_WALL_DAMPING = 860 * math.pi
#: Lowest angular frequency of VocalTractLab's tract closed at both ends [1/s].
SIMULATOR_CLOSED_TRACT_RESONANCE = 432 * math.pi
#: Correction for viscous friction and heat conduction in VocalTractLab [1/s].
SIMULATOR_FRICTION = 0.5

#: Areas [m2] and length of each part [m] of VocalTractLab's piriform fossa, from its joint inwards.
PIRIFORM_AREA = (1.08e-4, 0.84e-4, 0.60e-4, 0.36e-4, 0.12e-4)
PIRIFORM_PART_LENGTH = 0.005
#: The section of VocalTractLab's tube (of 40, from 0 at the glottis) at whose glottal end it opens.
PIRIFORM_JOINT = 4
