"""Room: how a signed recipe reaches a hospital: two TUF repositories, sticks, marks, keys.

Knows no order and no printer. ``tuf`` takes a third of a second to import: the files that need it
(``updater_link``, ``refusals``, ``edit``, ``refresh``) are imported where they are used.
"""
