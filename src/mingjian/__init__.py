"""明鉴 Mingjian: public-safety video that answers to the law."""

__version__ = "0.1.0"
