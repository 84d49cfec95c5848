"""C sources of the kernel, and the library that was built from them. Holds no Python.

``setup.py`` builds the library where there is a compiler; wheels bring it along. ``kernel_link.py``
loads it, or says why not.
"""
