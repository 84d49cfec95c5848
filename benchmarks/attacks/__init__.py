"""The attack laboratory: jobs spoilt on purpose, and how often the examiner finds it."""
