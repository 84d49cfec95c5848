"""Parametric shapes of the shipped recipes, drawn for this project: numbers in, triangles out."""
