"""Parametric models of the laboratory, all drawn for this project: numbers in, triangles out."""
