"""Cameras by ONVIF: found, looked at, turned, listened to. See README.md."""
