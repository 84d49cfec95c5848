"""The acts of ``mdps recipe``: one file ``act_NAME.py`` each, found by ``cmd_recipe``."""
