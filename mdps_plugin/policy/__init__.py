"""The site policy: what a hospital forbids beyond its recipes, signed. Pure; opens no file."""
