"""Twelve demonstration scenes, drawn and encoded once, each a minute that loops without a seam."""

from mingjian.simulate.scenes.places import DEMO_CAMERAS, DemoCamera
from mingjian.simulate.scenes.render import scene_clips

__all__ = ["DEMO_CAMERAS", "DemoCamera", "scene_clips"]
