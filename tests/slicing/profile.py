"""Settings for tests: the strict profile, in the form that the slicer itself saves."""

from __future__ import annotations

SETTINGS = b"""\
# strict: no setting that makes two slicings differ
bed_shape = 0x0,250x0,250x210,0x210
bottom_solid_layers = 3
brim_width = 0
bridge_acceleration = 0
cooling = 0
filament_diameter = 1.75
external_perimeter_extrusion_width = 0.45
extrusion_width = 0.45
fill_density = 100%
fill_pattern = rectilinear
first_layer_extrusion_width = 0.45
first_layer_height = 0.2
first_layer_temperature = 210
gap_fill_enabled = 0
gcode_comments = 0
gcode_flavor = marlin2
layer_gcode = G92 E0
layer_height = 0.2
max_print_height = 210
nozzle_diameter = 0.4
perimeter_generator = classic
perimeters = 2
post_process =
seam_position = aligned
skirts = 0
temperature = 210
thin_walls = 0
use_relative_e_distances = 1
"""
