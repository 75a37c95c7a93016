"""In the place of torch, whose name SkyRL's JAX backend imports and never uses."""

__version__ = '0.0.0'
